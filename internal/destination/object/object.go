// Package object is what destinations that store objects do alike, whatever the protocol: the
// keys of files, what is known of an object under a final name, and the order in which a file
// gets that name. Each adapter brings the requests of its own protocol.
package object

import (
	"context"
	"io"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// HashField is the object's metadata that says which file of ours it is. It is written with the
// object, in one step, so that a file is recognised when an answer was lost.
const HashField = "transporter-sha256"

// State is what is known about an object.
type State int

// States.
const (
	Absent    State = iota
	Different       // other size or other bytes
	Same            // our bytes
	Present         // there, and not compared
	Hidden          // the store does not let us look at it
)

// Object is what a store says of one. V is what the store tells apart what lay under a name one
// after another by; its zero value is none.
type Object[V any] struct {
	State    State
	Size     int64
	Version  V
	Checksum string // of the whole, that the store computed; empty if there is none
	SHA256   string // that we wrote beside it
}

// Compared decides whether an object that is Present holds the file: one of ours is known by
// the hash that was written with it, any other is read by digest and hashed if it has the size.
// What may not be read is Different.
func (o Object[V]) Compared(f destination.File, digest func() (size int64, sum string, err error)) (Object[V], error) {
	if o.State != Present {
		return o, nil
	}
	o.State = Different
	switch {
	case o.Size != f.Size:
	case o.SHA256 != "":
		if o.SHA256 == f.SHA256 {
			o.State = Same
		}
	default:
		size, sum, err := digest()
		if err != nil && !fault.Is(err, fault.PermissionDenied) {
			return o, err
		}
		if err == nil && f.Matches(size, sum) == nil {
			o.State = Same
		}
	}
	return o, nil
}

// Whole reads the file and returns the checksum that the store has of the same bytes; sums are
// the hashes of no bytes.
func Whole(ctx context.Context, f destination.File, sums destination.Sums) (string, error) {
	src, err := f.Source(ctx, 0)
	if err != nil {
		return "", err
	}
	defer src.Close()
	if _, err := io.Copy(sums, src); err != nil {
		return "", err
	}
	return sums.Whole(), nil
}
