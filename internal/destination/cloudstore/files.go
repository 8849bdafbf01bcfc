package cloudstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/store"
)

// Retention is how long a file is kept unless the operator says otherwise (product.md T8).
const Retention = 28 * 24 * time.Hour

// Info describes a published file.
type Info struct {
	Name    string
	Size    int64
	ModTime time.Time
}

// List yields the published files in ascending order of their keys.
func (d *Destination) List(ctx context.Context) iter.Seq2[Info, error] {
	base := d.prefix + "/files/"
	return func(yield func(Info, error) bool) {
		for object, err := range d.store.List(ctx, base) {
			if err != nil {
				yield(Info{}, fmt.Errorf("list cloud store: %w", err))
				return
			}
			name, ok := decode(strings.TrimPrefix(object.Key, base))
			if !ok {
				continue // not written by this package
			}
			if !yield(Info{Name: name, Size: object.Size, ModTime: object.ModTime}, nil) {
				return
			}
		}
	}
}

// Open reads a published file; a missing one is fault.NotFound.
func (d *Destination) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := destination.CheckName(name); err != nil {
		return nil, err
	}
	r, err := d.store.Open(ctx, d.final(name), 0)
	if errors.Is(err, store.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "%s is not in the cloud store", name).
			WithFix("files are removed %d days after delivery; deliver it again", int(Retention.Hours()/24))
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return r, nil
}

// RemoveBefore removes what was stored before the time, published files and abandoned
// temporary ones, and returns how many objects it removed, also when it fails midway.
// Idempotent.
func (d *Destination) RemoveBefore(ctx context.Context, before time.Time) (removed int, err error) {
	for object, err := range d.store.List(ctx, d.prefix+"/") {
		if err != nil {
			return removed, fmt.Errorf("list cloud store: %w", err)
		}
		if !object.ModTime.Before(before) {
			continue
		}
		if err := d.store.Delete(ctx, object.Key); err != nil {
			return removed, fmt.Errorf("remove old file: %w", err)
		}
		removed++
	}
	return removed, nil
}
