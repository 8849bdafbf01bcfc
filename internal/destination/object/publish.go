package object

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Refusals of Publication.Take that another look at the name explains.
var (
	ErrChanged = errors.New("the final name is not as it was seen")
	ErrGone    = errors.New("what was uploaded is gone")
)

// Publication gives one uploaded file its final name.
type Publication[V any] struct {
	File     destination.File
	Replace  bool // what lies under the final name may be replaced
	Uploaded bool // the upload of this very file has ended

	// Look compares what lies under the final name with the file.
	Look func(ctx context.Context) (Object[V], error)
	// Take makes the final object on the condition that the name is still as it was seen: not
	// so is ErrChanged, an upload that is not there ErrGone. The store compares the checksum
	// before anything is visible, or Take does and removes the object again:
	// fault.IntegrityMismatch.
	Take func(ctx context.Context, seen Object[V]) error
	// Drop removes what the upload left, and forgets it.
	Drop func(ctx context.Context) error
}

// Publish is destination.Session.Publish: a name that holds the file is done, whoever put it
// there and whether or not the answer was heard. Of bytes that were refused nothing is kept, so
// that the next upload starts anew. Idempotent.
func (p Publication[V]) Publish(ctx context.Context) error {
	seen, err := p.Look(ctx)
	switch {
	case err != nil:
		return err
	case seen.State == Same:
		return p.Drop(ctx)
	case seen.State == Different && !p.Replace:
		return destination.Collide(p.File.Name)
	case !p.Uploaded:
		return p.gone()
	}
	err = p.Take(ctx, seen)
	switch {
	case err == nil:
		return p.Drop(ctx)
	case errors.Is(err, ErrChanged) || errors.Is(err, ErrGone):
		return p.lookAgain(ctx, errors.Is(err, ErrGone))
	case fault.Is(err, fault.IntegrityMismatch):
		return errors.Join(err, p.Drop(ctx))
	}
	return err
}

// lookAgain decides about a name that could not be taken: by us after all, with a lost answer,
// not at all, or by somebody else.
func (p Publication[V]) lookAgain(ctx context.Context, gone bool) error {
	seen, err := p.Look(ctx)
	switch {
	case err != nil:
		return err
	case seen.State == Same:
		return p.Drop(ctx)
	case gone || seen.State == Absent: // of a name that is free it was the upload that is another, or gone
		return errors.Join(p.gone(), p.Drop(ctx))
	case p.Replace:
		return fault.New(fault.Conflict, "publish %s: it changed while it was replaced", p.File.Name)
	}
	return destination.Collide(p.File.Name)
}

func (p Publication[V]) gone() error {
	return fault.New(fault.IntegrityMismatch, "publish %s: it was not uploaded, or its upload is gone", p.File.Name)
}
