// Package destination is the port to the places that files are delivered to. Adapters
// run the suite in destinationtest.
package destination

import (
	"context"
	"io"

	"transporter/internal/probe"
)

// Level is how well a delivered file was checked (docs: verification levels).
type Level int

// Verification levels.
const (
	Sent  Level = 0 // the destination said yes
	Size  Level = 1 // its size there equals ours
	Hash  Level = 2 // a hash computed by the destination equals ours
	Bytes Level = 3 // read back and hashed by us
)

// File is one file to deliver. Name is the final name, relative to the destination's
// folder, parts separated by "/". SHA256 (hex) and Size are of the bytes that arrive.
type File struct {
	Name   string
	Size   int64
	SHA256 string
	Open   func(ctx context.Context, offset int64) (io.ReadCloser, error)

	Replace bool    // what lies under the final name is an earlier file of ours; asked for by places that are not Atomic
	Want    Level   // how well it will be verified: some places must be written differently then
	About   About   // what it is, for places that tell the receiver more than a name
	Journal Journal // remembers an upload in parts; never nil
	Kept    string  // where the transporter keeps it, an OpenPGP message; empty for a clear file
}

// Steps of a probe, in order. A place that has no such step leaves it out.
const (
	StepConnect = "connect"
	StepLogin   = "log in"
	StepWrite   = "write"
	StepRead    = "read back"
	StepRename  = "rename"
	StepDelete  = "delete"
)

// Capabilities is what a probe found out, with the steps that were tried.
type Capabilities struct {
	probe.Log
	Atomic  bool     // a finished file appears under its final name at once
	Highest Level    // best verification offered
	Notes   []string // for people: no rename, no read right, …
}

// Progress is called with the number of bytes of the current file that are safe there.
type Progress func(offset int64)

// Destination opens sessions. It is safe for concurrent use.
type Destination interface {
	// Connect opens a session: refused login is fault.AuthFailed, an unknown host key
	// fault.PermissionDenied, no connection fault.Upstream.
	Connect(ctx context.Context) (Session, error)
	// Probe finds out what the destination can do by writing, reading, renaming and
	// removing a small file of its own in the configured place; it leaves nothing behind.
	Probe(ctx context.Context) (Capabilities, error)
}

// Session delivers files over one connection; not safe for concurrent use. The token
// (16 hexadecimal characters, from the delivery key) is part of every temporary name,
// so that an upload of another delivery is never touched.
type Session interface {
	// Upload puts the file under its temporary name, resuming what an earlier attempt
	// left if that is a prefix of the file, else from the start. A file that is already
	// published whole is not sent again. Idempotent.
	Upload(ctx context.Context, f File, token string, progress Progress) error
	// Verify checks the temporary (or already published) file at the level and returns
	// the level reached, which is lower only if the destination cannot do better.
	// Different bytes are fault.IntegrityMismatch, and the temporary file is removed so
	// that the next Upload starts anew.
	Verify(ctx context.Context, f File, token string, want Level) (Level, error)
	// Publish gives the file its final name, replacing nothing unless replace is true:
	// a final name that holds the same bytes is done, any other is fault.Collision.
	// Idempotent.
	Publish(ctx context.Context, f File, token string, replace bool) error
	// Open reads a published file back.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Discard removes the temporary file of the token, if any.
	Discard(ctx context.Context, f File, token string) error
	// Default is the level at which files are verified unless the task says otherwise: Hash
	// where the place computes one, else Bytes, else the highest that it offers.
	Default() Level
	// Atomic reports whether a finished file appears under its final name at once, so that
	// nobody there ever reads half of one. Where it is false, Upload writes under the final
	// name, and Publish only makes sure that the file is there.
	Atomic() bool
	// Location tells people where the file is, without secrets.
	Location(name string) string
	Close() error
}
