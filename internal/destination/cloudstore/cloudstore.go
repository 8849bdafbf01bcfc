// Package cloudstore is the product's own storage as a destination: files wait in the
// store until they are fetched from History. The daily maintenance removes them when they
// have grown old, and a quota bounds what an account keeps there.
//
// A Put of the store is atomic, so nothing has to be renamed: Upload stores the bytes
// under a temporary key, Verify reads them back, and Publish copies them to the final
// key by one conditional put that fails when the hash is not the file's.
package cloudstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/store"
)

// Destination delivers into a prefix of a store. It is safe for concurrent use.
type Destination struct {
	store  store.Store
	prefix string
	quota  Quota
}

var _ destination.Destination = (*Destination)(nil)

// New returns the destination under the prefix, which is one or more parts of a store
// key, for example "cloud/acme".
func New(st store.Store, prefix string) *Destination {
	return &Destination{store: st, prefix: strings.Trim(prefix, "/")}
}

// Connect never fails: there is nothing to connect to.
func (d *Destination) Connect(context.Context) (destination.Session, error) {
	return &session{d}, nil
}

// Open reads a published file; a missing one is fault.NotFound.
func (d *Destination) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := destination.CheckName(name); err != nil {
		return nil, err
	}
	r, err := d.store.Open(ctx, d.final(name), 0)
	if errors.Is(err, store.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "%s is not in the cloud store", name).
			WithFix("files are removed 28 days after delivery, or as --keep-cloud of the worker says; deliver it again")
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return r, nil
}

// final returns the key of a published file.
func (d *Destination) final(name string) string { return d.prefix + "/files/" + encode(name) }

// temp returns the key of a file that is being delivered under the token.
func (d *Destination) temp(name, token string) string {
	return d.prefix + "/temp/" + token + "/" + encode(name)
}

// check refuses names and tokens that make no key.
func check(name, token string) error {
	if err := destination.CheckName(name); err != nil {
		return err
	}
	if err := destination.CheckToken(token); err != nil {
		return err
	}
	return checkLength(name)
}
