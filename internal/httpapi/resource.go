package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// resource is the create, read, replace and delete of one kind of thing that an account
// owns: B is the body that people send, T what the account keeps, V what is answered.
type resource[B, T, V any] struct {
	one, many string
	body      string // what the body is, for the document
	all       func(account.Snapshot) map[string]T
	meta      func(T) account.Meta
	view      func(*Server, T) V
	// placed completes a view by what depends on the account, if set.
	placed func(s *Server, accountID string, v *V)
	// build decodes a body into the thing to keep, secrets sealed; old is nil at creation.
	build func(s *Server, snap account.Snapshot, body B, old *T) (T, error)
	stamp func(*T, account.Meta)
	// made is called after a creation, if set.
	made   func(ctx context.Context, s *Server, accountID string, thing T) error
	put    string // update name
	putIn  func(*Server, contract.Write, T) any
	remove string // update name
	edited bool   // it has a replacement of its own
	ended  bool   // it has a deletion of its own
}

func (r resource[B, T, V]) path() string { return "/v1/accounts/{a}/" + r.many }

func (r resource[B, T, V]) register(s *Server) {
	one, at := "/{id}", r.path()
	route(s, operation{
		Method: http.MethodPost, Path: at, ID: "create-" + r.one, Tag: r.many, Status: http.StatusCreated,
		Summary: "Create a " + r.one, Doc: r.body, Errors: []int{400, 404, 409, 413, 422},
	}, r.create(s))
	route(s, operation{
		Method: http.MethodGet, Path: at, ID: "list-" + r.many, Tag: r.many,
		Summary: "List the account's " + r.many, Errors: []int{404},
	}, r.list(s))
	route(s, operation{
		Method: http.MethodGet, Path: at + one, ID: "get-" + r.one, Tag: r.many,
		Summary: "Show a " + r.one, Errors: []int{404},
	}, r.get(s))
	if !r.edited {
		r.registerReplace(s)
	}
	if r.ended {
		return
	}
	route(s, operation{
		Method: http.MethodDelete, Path: at + one, ID: "delete-" + r.one, Tag: r.many, Status: http.StatusNoContent,
		Summary: "Delete a " + r.one, Doc: "What a task still uses is refused with 409, naming the tasks.",
		Errors: []int{404, 409, 412},
	}, r.delete(s))
}

func (r resource[B, T, V]) registerReplace(s *Server) {
	route(s, operation{
		Method: http.MethodPut, Path: r.path() + "/{id}", ID: "replace-" + r.one, Tag: r.many,
		Summary: "Replace a " + r.one, Doc: r.body, Errors: []int{400, 404, 409, 412, 413, 422},
	}, r.replace(s))
}

// InCreate is a creation.
type InCreate[B any] struct {
	InAccount
	Creation
	Body B
}

// InReplace is a replacement.
type InReplace[B any] struct {
	InThing
	Change
	Body B
}

// InDelete is a deletion.
type InDelete struct {
	InThing
	Change
}

func (r resource[B, T, V]) create(s *Server) func(context.Context, *InCreate[B]) (*Item[V], error) {
	return func(ctx context.Context, in *InCreate[B]) (*Item[V], error) {
		snap, err := s.snapshot(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		thing, err := r.build(s, snap, in.Body, nil)
		if err != nil {
			return nil, err
		}
		id := s.newID(seed(in.IdempotencyKey, in.Account, r.many))
		r.stamp(&thing, account.Meta{ID: id, Description: r.meta(thing).Description})
		if err := s.cfg.Accounts.Update(ctx, in.Account, r.put, r.putIn(s, in.write(), thing), nil); err != nil {
			return nil, err
		}
		return r.answerMade(ctx, s, InThing{in.InAccount, id})
	}
}

func (r resource[B, T, V]) answerMade(ctx context.Context, s *Server, at InThing) (*Item[V], error) {
	thing, err := r.find(ctx, s, at)
	if err == nil && r.made != nil {
		err = r.made(ctx, s, at.Account, thing)
	}
	if err != nil {
		return nil, err
	}
	return &Item[V]{
		ETag: etag(r.meta(thing).Version), Body: r.show(s, at.Account, thing),
		Location: "/v1/accounts/" + at.Account + "/" + r.many + "/" + at.ID,
	}, nil
}

func (r resource[B, T, V]) list(s *Server) func(context.Context, *InAccount) (*Listing[V], error) {
	return func(ctx context.Context, in *InAccount) (*Listing[V], error) {
		snap, err := s.snapshot(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		out := &Listing[V]{Body: List[V]{Items: []V{}}}
		for _, thing := range sorted(r.all(snap), r.meta) {
			out.Body.Items = append(out.Body.Items, r.show(s, in.Account, thing))
		}
		return out, nil
	}
}

func (r resource[B, T, V]) get(s *Server) func(context.Context, *InThing) (*Item[V], error) {
	return func(ctx context.Context, in *InThing) (*Item[V], error) { return r.read(ctx, s, *in) }
}

func (r resource[B, T, V]) replace(s *Server) func(context.Context, *InReplace[B]) (*Item[V], error) {
	return func(ctx context.Context, in *InReplace[B]) (*Item[V], error) {
		write, snap, err := r.changing(ctx, s, in.InThing, in.Change)
		if err != nil {
			return nil, err
		}
		old := r.all(snap)[in.ID]
		thing, err := r.build(s, snap, in.Body, &old)
		if err != nil {
			return nil, err
		}
		r.stamp(&thing, account.Meta{ID: in.ID, Description: r.meta(thing).Description})
		if err := s.cfg.Accounts.Update(ctx, in.Account, r.put, r.putIn(s, write, thing), nil); err != nil {
			return nil, r.raced(ctx, s, in.InThing, write, err)
		}
		return r.read(ctx, s, in.InThing)
	}
}

func (r resource[B, T, V]) delete(s *Server) func(context.Context, *InDelete) (*Nothing, error) {
	return func(ctx context.Context, in *InDelete) (*Nothing, error) {
		write, _, err := r.changing(ctx, s, in.InThing, in.Change)
		if err != nil {
			return nil, err
		}
		err = s.cfg.Accounts.Update(ctx, in.Account, r.remove, contract.DeleteIn{Write: write, ID: in.ID}, nil)
		return &Nothing{}, r.raced(ctx, s, in.InThing, write, err)
	}
}

// changing reads the account of what is about to change and refuses a stale If-Match
// early. A change with an Idempotency-Key may be the repeat of one that was done: the
// entity, which remembers, decides about that.
func (r resource[B, T, V]) changing(ctx context.Context, s *Server, at InThing, c Change) (contract.Write, account.Snapshot, error) {
	write, err := c.write()
	if err != nil {
		return write, account.Snapshot{}, err
	}
	snap, err := s.snapshot(ctx, at.Account)
	if err != nil || write.IdemKey != "" {
		return write, snap, err
	}
	old, ok := r.all(snap)[at.ID]
	if !ok {
		return write, snap, notFound("id", r.one, at.ID)
	}
	return write, snap, checkVersion(write, r.meta(old).Version)
}

// raced tells a write that lost against another after the early check (412) from every
// other refusal.
func (r resource[B, T, V]) raced(ctx context.Context, s *Server, at InThing, w contract.Write, err error) error {
	if err == nil || w.IfVersion == contract.AnyVersion {
		return err
	}
	now, readErr := r.find(ctx, s, at)
	if readErr != nil {
		return err
	}
	if changed := checkVersion(w, r.meta(now).Version); changed != nil {
		return changed
	}
	return err
}

func (r resource[B, T, V]) find(ctx context.Context, s *Server, at InThing) (T, error) {
	snap, err := s.snapshot(ctx, at.Account)
	if err != nil {
		var none T
		return none, err
	}
	thing, ok := r.all(snap)[at.ID]
	if !ok {
		return thing, notFound("id", r.one, at.ID)
	}
	return thing, nil
}

func (r resource[B, T, V]) read(ctx context.Context, s *Server, at InThing) (*Item[V], error) {
	thing, err := r.find(ctx, s, at)
	if err != nil {
		return nil, err
	}
	return &Item[V]{ETag: etag(r.meta(thing).Version), Body: r.show(s, at.Account, thing)}, nil
}

func (r resource[B, T, V]) show(s *Server, accountID string, thing T) V {
	v := r.view(s, thing)
	if r.placed != nil {
		r.placed(s, accountID, &v)
	}
	return v
}

// sorted returns the things oldest first.
func sorted[T any](things map[string]T, meta func(T) account.Meta) []T {
	all := make([]T, 0, len(things))
	for _, t := range things {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b T) int {
		return cmp.Or(meta(a).CreatedAt.Compare(meta(b).CreatedAt), cmp.Compare(meta(a).ID, meta(b).ID))
	})
	return all
}
