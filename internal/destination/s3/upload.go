package s3

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Upload sends the parts that the store has not acknowledged yet. Nothing is visible under
// the final name afterwards.
func (s *session) Upload(ctx context.Context, f destination.File, token string, progress destination.Progress) error {
	s = s.planned(f)
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	if most := s.d.config.Part * maxParts; f.Size > most {
		return fault.New(fault.InvalidSpec, "%s has %d bytes, more than the %d of an upload in parts", f.Name, f.Size, most).
			WithField("parts").WithFix("let the task write several parts")
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
	if st.ETag != "" {
		progress(f.Size)
		return nil
	}
	err = s.sendParts(ctx, f, st, progress)
	if s3answer.Code(err) == codeNoUpload { // somebody aborted it, such as a lifecycle rule
		if st, err = s.begin(ctx, f, token); err != nil {
			return err
		}
		err = s.sendParts(ctx, f, st, progress)
	}
	switch {
	case fault.Is(err, fault.Corrupt): // nothing of it is worth keeping
		return errors.Join(err, s.drop(ctx, f, token, st))
	case err != nil || st.Key == s.Key(f.Name):
		return err
	}
	return s.completeTemp(ctx, f, st)
}

// resume returns the state of an earlier attempt that can go on, else that of a new one.
func (s *session) resume(ctx context.Context, f destination.File, token string) (*state, error) {
	st, fits, err := s.load(ctx, f, token)
	if err != nil {
		return nil, err
	}
	if !fits || st.Upload == "" {
		if err := s.drop(ctx, f, token, st); err != nil {
			return nil, err
		}
		return s.begin(ctx, f, token)
	}
	if st.ETag != "" {
		head, err := s.head(ctx, st.Key)
		if err != nil {
			return nil, err
		}
		if head.State != object.Hidden && head.Version != st.ETag {
			return s.begin(ctx, f, token)
		}
	}
	return st, nil
}

// begin starts a new upload and remembers it before anything is sent.
func (s *session) begin(ctx context.Context, f destination.File, token string) (*state, error) {
	st := &state{Key: s.target(f, token), Size: f.Size, SHA256: f.SHA256, Part: s.d.config.Part, Profile: s.profile.Name}
	return st, s.open(ctx, f, st, st.Key, func(id string) { st.Upload = id })
}

// create starts a multipart upload.
func (s *session) create(ctx context.Context, f destination.File, key string) (string, error) {
	c, p := s.d.config, s.profile
	in := &s3.CreateMultipartUploadInput{
		Bucket: s.bucket(), Key: &key, ContentType: aws.String("application/octet-stream"),
		Metadata:          map[string]string{object.HashField: f.SHA256},
		ChecksumAlgorithm: p.algorithm, ChecksumType: p.kind(),
		ServerSideEncryption: types.ServerSideEncryption(c.Encryption),
	}
	if c.KMSKey != "" {
		in.SSEKMSKeyId = &c.KMSKey
	}
	out, err := s.api.CreateMultipartUpload(ctx, in)
	if err != nil {
		return "", s.classify(ctx, "upload", key, err)
	}
	return aws.ToString(out.UploadId), nil
}

// completeTemp makes the temporary object, which is then read back.
func (s *session) completeTemp(ctx context.Context, f destination.File, st *state) error {
	done, err := s.complete(ctx, st.Key, st.Upload, st, condition{})
	if err != nil {
		return s.classify(ctx, "upload", st.Key, err)
	}
	st.ETag = done.Version
	return f.Remember(ctx, st)
}
