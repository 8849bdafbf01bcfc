package activities

import (
	"context"
	"errors"
	"io"
	"time"

	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// checker is pgp.Check or pgp.CheckHead.
type checker func(src io.Reader, keys []*pgp.Key, now time.Time) error

// checkSealed reads a file back as it was staged, before anything can refer to it: it must
// be one whole OpenPGP message for exactly these keys. Clear files have no keys.
func (a *Run) checkSealed(ctx context.Context, ref Ref, keys []*pgp.Key) error {
	if len(keys) == 0 {
		return nil
	}
	return a.checkFile(ctx, ref, keys, pgp.Check)
}

// checkReceivers looks at the head of every encrypted file of a leg before a byte of any
// leaves: the keys, as they are now, can read it, and nobody else.
func (a *Run) checkReceivers(ctx context.Context, w *legWork) error {
	for _, f := range w.packed.Files {
		if f.Encrypted != (len(w.keys) > 0) {
			return fault.New(fault.KeyUnfit, "%s: it is encrypted where it must be clear, or clear where it must be encrypted", f.Name).
				WithFix("resume the run: the file is made again")
		}
		if !f.Encrypted {
			continue
		}
		if err := a.checkFile(ctx, f.Ref, w.keys, pgp.CheckHead); err != nil {
			return err
		}
	}
	return nil
}

func (a *Run) checkFile(ctx context.Context, ref Ref, keys []*pgp.Key, check checker) (err error) {
	src, err := a.Stage.OpenRaw(ctx, ref, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	return check(src, keys, a.Now())
}
