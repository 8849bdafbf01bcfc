package s3

import (
	"context"
	"io"
	"path"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/s3answer"
)

// session is a client; the protocol knows no connection.
type session struct {
	object.Folder
	d       *Destination
	api     *s3.Client
	profile Profile
}

// byETag is the session without checksums, for what a store cannot compute them of. What was
// copied or completed is compared by its ETag.
func (s *session) byETag() *session {
	c := *s
	c.profile.algorithm = ""
	return &c
}

// planned is the session with the checksums that the file can have: MinIO finds that of an
// object of one empty part wrong.
func (s *session) planned(f destination.File) *session {
	if f.Size == 0 {
		return s.byETag()
	}
	return s
}

// Connect returns a session. The protocol has no login: every request is signed, and what
// is wrong with the credentials is told by the first one. Only an ambient role is looked
// for here; none is fault.AuthFailed.
func (d *Destination) Connect(ctx context.Context) (destination.Session, error) {
	return d.connect(ctx)
}

func (d *Destination) connect(ctx context.Context) (*session, error) {
	api, err := d.client.get(ctx)
	if err != nil {
		return nil, err
	}
	return &session{object.Folder(d.config.Prefix), d, api, d.profile}, nil
}

// Close does nothing: connections belong to the process.
func (s *session) Close() error { return nil }

// Default is Hash: every profile compares hashes that the store computed of what it got.
func (s *session) Default() destination.Level { return destination.Hash }

// Atomic is true: an object appears when its upload is completed.
func (s *session) Atomic() bool { return true }

// Location returns "s3://bucket/prefix/name", with the store's address where it is not
// Amazon's.
func (s *session) Location(name string) string {
	where := "s3://" + path.Join(s.d.config.Bucket, s.Key(name))
	if s.d.config.Endpoint != "" {
		where += " at " + s.d.config.Endpoint
	}
	return where
}

// Open reads a published file back.
func (s *session) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := s.CheckName(name); err != nil {
		return nil, err
	}
	return s.read(ctx, s.Key(name))
}

// read opens an object; errors in the middle are classified too.
func (s *session) read(ctx context.Context, key string) (io.ReadCloser, error) {
	got, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: s.bucket(), Key: &key})
	if err != nil {
		return nil, s.classify(ctx, "read", key, err)
	}
	return destination.Explained(got.Body, func(err error) error { return s.classify(ctx, "read", key, err) }), nil
}

// Discard aborts the uploads that the journal names, removes the temporary object and
// empties the journal.
func (s *session) Discard(ctx context.Context, f destination.File, token string) error {
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	st, _, err := s.load(ctx, f, token)
	if err != nil {
		return err
	}
	return s.drop(ctx, f, token, st)
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
func (s *session) drop(ctx context.Context, f destination.File, token string, st *state) error {
	if st == nil {
		return nil
	}
	if err := s.abort(ctx, st.Key, st.Upload); err != nil {
		return err
	}
	if err := s.abort(ctx, s.Key(f.Name), st.Copy); err != nil {
		return err
	}
	if err := s.sweep(ctx, st.Opening); err != nil {
		return err
	}
	if st.Key == s.Temp(f.Name, token) {
		if err := s.remove(ctx, st.Key); err != nil {
			return err
		}
	}
	return f.Journal.Save(ctx, nil)
}

// abort ends an upload and frees its parts; one that is gone is no error.
func (s *session) abort(ctx context.Context, key, upload string) error {
	if upload == "" {
		return nil
	}
	_, err := s.api.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: s.bucket(), Key: &key, UploadId: &upload})
	if err != nil && s3answer.Code(err) != codeNoUpload {
		return s.classify(ctx, "abort the upload of", key, err)
	}
	return nil
}

// remove deletes an object; a missing one is no error.
func (s *session) remove(ctx context.Context, key string) error {
	_, err := s.api.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: s.bucket(), Key: &key})
	if err != nil && s3answer.Code(err) != codeNoKey {
		return s.classify(ctx, "remove", key, err)
	}
	return nil
}

func (s *session) bucket() *string { return &s.d.config.Bucket }

// target returns the key that the file is uploaded to: the final one, unless its bytes
// must be read back before anybody sees them.
func (s *session) target(f destination.File, token string) string {
	if f.Want >= destination.Bytes {
		return s.Temp(f.Name, token)
	}
	return s.Key(f.Name)
}
