package gcs

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// Upload sends the bytes that the store has not acknowledged yet to a temporary object.
// Nothing is visible under the final name afterwards.
func (s *session) Upload(ctx context.Context, f destination.File, token string, progress destination.Progress) error {
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	there, err := s.compare(ctx, f)
	if err != nil {
		return err
	}
	if there.State == object.Same {
		progress(f.Size)
		return nil
	}
	st, err := s.resume(ctx, f, token)
	if err != nil {
		return err
	}
	err = s.continueUpload(ctx, f, st, progress)
	if errors.Is(err, errSessionGone) {
		if err := s.drop(ctx, f, st); err != nil {
			return err
		}
		if st, err = s.begin(ctx, f, token); err != nil {
			return err
		}
		err = s.continueUpload(ctx, f, st, progress)
	}
	switch {
	case err == nil:
		progress(f.Size)
		return nil
	case fault.Is(err, fault.Corrupt) || fault.Is(err, fault.IntegrityMismatch): // nothing of it is worth keeping
		return errors.Join(err, s.drop(ctx, f, st))
	}
	return err
}

// resume returns the state of an earlier attempt that can go on, else that of a new one.
func (s *session) resume(ctx context.Context, f destination.File, token string) (*state, error) {
	st, fits, err := s.load(ctx, f, token)
	if err != nil {
		return nil, err
	}
	if !fits {
		if err := s.drop(ctx, f, st); err != nil {
			return nil, err
		}
		return s.begin(ctx, f, token)
	}
	if st.Generation != 0 {
		there, err := s.look(ctx, st.Key)
		if err != nil {
			return nil, err
		}
		if there.Version != st.Generation {
			return s.begin(ctx, f, token)
		}
	}
	return st, nil
}

// begin starts a new upload and remembers its address before anything is sent.
func (s *session) begin(ctx context.Context, f destination.File, token string) (*state, error) {
	st := &state{Key: s.Temp(f.Name, token), Size: f.Size, SHA256: f.SHA256, fresh: true}
	var err error
	if st.Session, err = s.start(ctx, f, st.Key); err != nil {
		return nil, s.classify(ctx, "upload", st.Key, err)
	}
	return st, f.Remember(ctx, st)
}

// continueUpload asks what the store has of an upload of an earlier attempt, which may be
// more than was remembered, and sends the rest.
func (s *session) continueUpload(ctx context.Context, f destination.File, st *state, progress destination.Progress) error {
	if st.Generation != 0 {
		return nil
	}
	var there answer
	if !st.fresh {
		var err error
		if there, err = s.send(ctx, st, 0, nil); err != nil {
			return s.classify(ctx, "upload", st.Key, err)
		}
	}
	w := &sending{s: s, f: f, st: st, progress: progress, all: newSums()}
	return w.run(ctx, there)
}
