package link

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/store"
)

// Path is where the API serves links: Path + Signer.Sign.
const Path = "/d/"

// Addresses makes links that people open. It is safe for concurrent use.
type Addresses struct {
	book   *Book
	signer *Signer
	public string
	kept   time.Duration
}

// NewAddresses returns the maker of addresses below the public address of the API; kept is how
// long files stay after they were written, 0 for good.
func NewAddresses(book *Book, signer *Signer, public string, kept time.Duration) *Addresses {
	return &Addresses{book, signer, strings.TrimRight(public, "/"), kept}
}

// Make is destination.Outbound.Link: the address of a file until the time given, or until the
// file is no longer kept. A file that is not encrypted is fault.InvalidSpec, one that is gone
// fault.NotFound. Idempotent.
func (a *Addresses) Make(ctx context.Context, f destination.File, expires time.Time) (destination.Link, error) {
	if f.Kept == "" {
		return destination.Link{}, fault.New(fault.InvalidSpec, "only encrypted files get links: whoever has one can fetch the file").
			WithFix("give the task's leg a key, or set link of the destination to false")
	}
	info, err := a.book.store.Stat(ctx, f.Kept)
	if errors.Is(err, store.ErrNotExist) {
		return destination.Link{}, fault.New(fault.NotFound, "the file is no longer kept: %w", err).WithFix("run the window again")
	}
	if err != nil {
		return destination.Link{}, fmt.Errorf("make link: %w", err)
	}
	if removed := info.ModTime.Add(a.kept); a.kept > 0 && removed.Before(expires) {
		expires = removed
	}
	l, err := a.book.Make(ctx, Link{
		Delivery: f.About.Delivery, Name: f.Name, Expires: expires, Ref: contract.Ref{Key: f.Kept, Size: f.Size, SHA256: f.SHA256},
	})
	if err != nil {
		return destination.Link{}, err
	}
	signed, err := a.signer.Sign(l.ID)
	return destination.Link{URL: a.public + Path + signed, Expires: l.Expires}, err
}
