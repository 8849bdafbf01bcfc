package gcs

import (
	"context"
	"io"
	"path"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
)

// session is the destination itself; the protocol knows no connection.
type session struct {
	object.Folder
	d *Destination
}

// Connect never fails: every request carries a token, and what is wrong with the
// credentials is told by the first one.
func (d *Destination) Connect(context.Context) (destination.Session, error) { return d.connect(), nil }

func (d *Destination) connect() *session { return &session{object.Folder(d.config.Prefix), d} }

// Close does nothing: connections belong to the process.
func (s *session) Close() error { return nil }

// Default is Hash: the CRC32C that the store has of what it keeps.
func (s *session) Default() destination.Level { return destination.Hash }

// Atomic is true: an object appears whole.
func (s *session) Atomic() bool { return true }

// Location returns "gs://bucket/prefix/name", with the store's address where it is not
// Google's.
func (s *session) Location(name string) string {
	where := "gs://" + path.Join(s.d.config.Bucket, s.Key(name))
	if s.d.config.Endpoint != google {
		where += " at " + s.d.config.Endpoint
	}
	return where
}

// Open reads a published file back.
func (s *session) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := s.CheckName(name); err != nil {
		return nil, err
	}
	return s.read(ctx, s.Key(name), 0)
}

// read opens an object, which must be of the generation unless that is 0; errors in the
// middle are classified too.
func (s *session) read(ctx context.Context, key string, generation int64) (io.ReadCloser, error) {
	call := s.d.api.Objects.Get(s.d.config.Bucket, key).Context(ctx)
	if generation != 0 {
		call.IfGenerationMatch(generation)
	}
	got, err := call.Download() //nolint:bodyclose // the reader that is returned closes it
	if err != nil {
		return nil, s.classify(ctx, "read", key, err)
	}
	return destination.Explained(got.Body, func(err error) error { return s.classify(ctx, "read", key, err) }), nil
}

// Discard cancels the upload that the journal names, removes the temporary object and
// empties the journal.
func (s *session) Discard(ctx context.Context, f destination.File, token string) error {
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	st, _, err := s.load(ctx, f, token)
	if err != nil {
		return err
	}
	return s.drop(ctx, f, st)
}

// Withdraw removes the published object. The journal is that of an upload, not of what is
// published: it stays.
func (s *session) Withdraw(ctx context.Context, f destination.File) error {
	if err := s.CheckName(f.Name); err != nil {
		return err
	}
	return s.remove(ctx, s.Key(f.Name))
}

// drop removes what an upload left at the store, then forgets it.
func (s *session) drop(ctx context.Context, f destination.File, st *state) error {
	if st == nil {
		return nil
	}
	if st.Session != "" {
		if err := s.cancel(ctx, st); err != nil {
			return err
		}
	}
	if err := s.remove(ctx, st.Key); err != nil {
		return err
	}
	return f.Journal.Save(ctx, nil)
}

// remove deletes an object; a missing one is no error.
func (s *session) remove(ctx context.Context, key string) error {
	err := s.d.api.Objects.Delete(s.d.config.Bucket, key).Context(ctx).Do()
	if err != nil && statusOf(err) != statusNotFound {
		return s.classify(ctx, "remove", key, err)
	}
	return nil
}
