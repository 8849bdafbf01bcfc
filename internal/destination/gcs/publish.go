package gcs

import (
	"context"
	"errors"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Publish rewrites the temporary object to the final name on the condition that the name is
// still as it was seen, free (generation 0) or held by what is to be replaced, and that the
// temporary object is the one that was uploaded
// (docs.cloud.google.com/storage/docs/request-preconditions). Within a bucket a rewrite
// copies no bytes. Then the temporary object is removed.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	if err := s.check(f.Name, token); err != nil {
		return err
	}
	there, err := s.compare(ctx, f)
	if err != nil {
		return err
	}
	now, stale, err := s.load(ctx, f, token)
	switch {
	case err != nil:
		return err
	case there.state == same && now != nil:
		return s.drop(ctx, f, now)
	case there.state == same:
		return s.drop(ctx, f, stale)
	case there.state == different && !replace:
		return destination.Collide(f.Name)
	case now == nil || now.Generation == 0:
		return gone(f)
	}
	made, err := s.rewrite(ctx, s.key(f.Name), now, there.generation)
	if err != nil {
		return s.afterRefusal(ctx, f, now, replace, err)
	}
	if made := described(made); made.size != f.Size || made.checksum != now.Checksum {
		wrong := fault.New(fault.IntegrityMismatch, "%s has %d bytes and CRC32C %q there, %d and %s were sent", f.Name, made.size, made.checksum, f.Size, now.Checksum)
		return errors.Join(wrong, s.remove(ctx, s.key(f.Name)), s.drop(ctx, f, now))
	}
	return s.drop(ctx, f, now)
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

// afterRefusal decides about a name that could not be taken: by us after all, with a lost
// answer, by somebody else, or not at all.
func (s *session) afterRefusal(ctx context.Context, f destination.File, st *state, replace bool, refused error) error {
	if status := statusOf(refused); status != statusPrecondition && status != statusNotFound {
		return s.classify(ctx, "publish", s.key(f.Name), refused)
	}
	there, err := s.compare(ctx, f)
	switch {
	case err != nil:
		return err
	case there.state == same:
		return s.drop(ctx, f, st)
	case there.state == absent: // so it was the temporary object that is another, or gone
		return errors.Join(gone(f), s.drop(ctx, f, st))
	case replace:
		return fault.New(fault.Conflict, "publish %s: it changed while it was replaced", s.key(f.Name))
	}
	return destination.Collide(f.Name)
}

func gone(f destination.File) error {
	return fault.New(fault.IntegrityMismatch, "publish %s: it was not uploaded, or its upload is gone", f.Name)
}
