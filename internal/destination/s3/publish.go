package s3

import (
	"context"
	"crypto/md5" //nolint:gosec // the protocol's, for stores without better
	"encoding/hex"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Publish completes the upload, or copies the temporary object, on the condition that the
// final name is still as it was seen: free, or held by what is to be replaced
// (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The store
// compares the checksum of the whole with ours before anything is visible. A profile
// without conditions looks just before, and an object that appears in that moment is lost.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	s = s.planned(f)
	if err := s.Check(f.Name, token); err != nil {
		return err
	}
	st, fits, err := s.load(ctx, f, token)
	if err != nil {
		return err
	}
	return object.Publication[string]{
		File: f, Replace: replace, Uploaded: fits && st.Checksum != "",
		Look: func(ctx context.Context) (seen, error) { return s.compare(ctx, f) },
		Take: func(ctx context.Context, there seen) error { return s.take(ctx, f, st, there) },
		Drop: func(ctx context.Context) error { return s.drop(ctx, f, token, st) },
	}.Publish(ctx)
}

// take gives the file its final name.
func (s *session) take(ctx context.Context, f destination.File, st *state, there seen) error {
	if there.State == object.Hidden && !s.profile.conditional {
		return fault.New(fault.PermissionDenied, "publish %s: the store does not let us see whether the name is free", s.Key(f.Name)).
			WithFix("grant s3:GetObject and s3:ListBucket on it")
	}
	err := s.make(ctx, f, st, s.condition(there))
	switch s3answer.Code(err) {
	case codePrecondition:
		return object.ErrChanged
	case codeNoUpload, codeNoKey:
		return object.ErrGone
	}
	if err != nil {
		return s.classify(ctx, "publish", s.Key(f.Name), err)
	}
	return nil
}

// make makes the final object of the parts, or of the temporary object.
func (s *session) make(ctx context.Context, f destination.File, st *state, when condition) error {
	if st.Key != s.Key(f.Name) {
		return s.copyTemp(ctx, f, st, when)
	}
	done, err := s.complete(ctx, st.Key, st.Upload, st, when)
	if err != nil {
		return err
	}
	return s.confirm(ctx, f, st, done)
}

// condition is what must still hold when a name is taken.
type condition struct{ match, noneMatch *string }

func (s *session) condition(there seen) condition {
	switch {
	case !s.profile.conditional:
		return condition{}
	case there.Version != "":
		return condition{match: &there.Version}
	}
	return condition{noneMatch: aws.String("*")}
}

// complete makes an object of the parts and returns what the store says of it.
func (s *session) complete(ctx context.Context, key, upload string, st *state, when condition) (seen, error) {
	in := &s3.CompleteMultipartUploadInput{
		Bucket: s.bucket(), Key: &key, UploadId: &upload, ChecksumType: s.profile.kind(),
		IfMatch: when.match, IfNoneMatch: when.noneMatch, MultipartUpload: &types.CompletedMultipartUpload{},
	}
	if s.profile.algorithm != "" {
		in.MpuObjectSize = &st.Size
		in.ChecksumCRC32, in.ChecksumCRC64NVME = s.profile.fields(st.Checksum)
	}
	for i, p := range st.Parts {
		done := types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: &p.ETag}
		done.ChecksumCRC32, done.ChecksumCRC64NVME = s.profile.fields(p.Checksum)
		in.MultipartUpload.Parts = append(in.MultipartUpload.Parts, done)
	}
	out, err := s.api.CompleteMultipartUpload(ctx, in)
	if err != nil {
		return seen{}, err
	}
	return seen{Version: aws.ToString(out.ETag), Checksum: s.profile.pick(out.ChecksumCRC32, out.ChecksumCRC64NVME)}, nil
}

// confirm compares what was made with what was sent. It can only differ at a store that
// ignores the checksum of the request; then the object is removed again.
func (s *session) confirm(ctx context.Context, f destination.File, st *state, done seen) error {
	problem := ""
	switch {
	case s.profile.algorithm == "":
		if etag := st.etag(); plain(done.Version) != etag {
			problem = fmt.Sprintf("ETag %s there, %s is that of the parts that were sent", done.Version, etag)
		}
	case done.Checksum == "":
		there, err := s.head(ctx, s.Key(f.Name))
		if err != nil {
			return err
		}
		if there.State == object.Hidden {
			return nil
		}
		done = there
		fallthrough
	default:
		if done.Checksum != st.Checksum {
			problem = fmt.Sprintf("checksum %q there, %s was sent", done.Checksum, st.Checksum)
		}
	}
	if problem == "" {
		return nil
	}
	if err := s.remove(ctx, s.Key(f.Name)); err != nil {
		return err
	}
	return fault.New(fault.IntegrityMismatch, "%s has %s", f.Name, problem).WithFix("if this goes on, give the destination the profile %s", profileBasic)
}

// etag is what stores give to an object of parts: the MD5 of the parts' MD5s, and their
// number. Amazon calls it an implementation detail; the stores that need it copy it.
func (st *state) etag() string {
	all := md5.New() //nolint:gosec // as above
	for _, p := range st.Parts {
		sum, _ := hex.DecodeString(plain(p.ETag)) // compared when the part was sent
		all.Write(sum)
	}
	return fmt.Sprintf("%x-%d", all.Sum(nil), len(st.Parts))
}
