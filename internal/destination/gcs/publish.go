package gcs

import (
	"context"
	"errors"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// Publish rewrites the temporary object to the final name on the condition that the name is
// still as it was seen, free (generation 0) or held by what is to be replaced, and that the
// temporary object is the one that was uploaded
// (docs.cloud.google.com/storage/docs/request-preconditions). Within a bucket a rewrite
// copies no bytes. Then the temporary object is removed.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	st, fits, err := s.load(ctx, f, token)
	if err != nil {
		return err
	}
	return object.Publication[int64]{
		File: f, Replace: replace, Uploaded: fits && st.Generation != 0,
		Look: func(ctx context.Context) (seen, error) { return s.compare(ctx, f) },
		Take: func(ctx context.Context, there seen) error { return s.take(ctx, f, st, there) },
		Drop: func(ctx context.Context) error { return s.drop(ctx, f, st) },
	}.Publish(ctx)
}

// take gives the temporary object its final name. That one of both is not what it was is told
// by the same answer.
func (s *session) take(ctx context.Context, f destination.File, st *state, there seen) error {
	resource, err := s.rewrite(ctx, s.Key(f.Name), st, there.Version)
	switch status := statusOf(err); {
	case status == statusPrecondition || status == statusNotFound:
		return object.ErrChanged
	case err != nil:
		return s.classify(ctx, "publish", s.Key(f.Name), err)
	}
	if made := described(resource); made.Size != f.Size || made.Checksum != st.Checksum {
		wrong := fault.New(fault.IntegrityMismatch, "%s has %d bytes and CRC32C %q there, %d and %s were sent", f.Name, made.Size, made.Checksum, f.Size, st.Checksum)
		return errors.Join(wrong, s.remove(ctx, s.Key(f.Name)))
	}
	return nil
}

// rewrite gives the temporary object its final name; a large one may take several requests.
func (s *session) rewrite(ctx context.Context, final string, st *state, seen int64) (*storage.Object, error) {
	bucket := s.d.config.Bucket
	// Without a body the metadata, and with it our hash, is that of the source.
	call := s.d.api.Objects.Rewrite(bucket, st.Key, bucket, final, nil).Context(ctx).
		IfGenerationMatch(seen).IfSourceGenerationMatch(st.Generation)
	for {
		part, err := call.Do()
		if err != nil {
			return nil, err
		}
		if part.Done {
			return part.Resource, nil
		}
		call.RewriteToken(part.RewriteToken)
	}
}
