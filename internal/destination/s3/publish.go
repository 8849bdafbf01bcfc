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
	"transporter/internal/fault"
)

// Publish completes the upload, or copies the temporary object, on the condition that the
// final name is still as it was seen: free, or held by what is to be replaced
// (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The store
// compares the checksum of the whole with ours before anything is visible. A profile
// without conditions looks just before, and an object that appears in that moment is lost.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	s = s.planned(f)
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
		return s.drop(ctx, f, token, now)
	case there.state == same:
		return s.drop(ctx, f, token, stale)
	case there.state == different && !replace:
		return destination.Collide(f.Name)
	case now == nil || now.Checksum == "":
		return gone(f)
	case there.state == hidden && !s.profile.conditional:
		return fault.New(fault.PermissionDenied, "publish %s: the store does not let us see whether the name is free", s.key(f.Name)).
			WithFix("grant s3:GetObject and s3:ListBucket on it")
	}
	if err := s.take(ctx, f, now, there); err != nil {
		return s.afterRefusal(ctx, f, token, now, replace, err)
	}
	return s.drop(ctx, f, token, now)
}

// take gives the file its final name.
func (s *session) take(ctx context.Context, f destination.File, st *state, there object) error {
	when := s.condition(there)
	if st.Key != s.key(f.Name) {
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

func (s *session) condition(there object) condition {
	switch {
	case !s.profile.conditional:
		return condition{}
	case there.etag != "":
		return condition{match: &there.etag}
	}
	return condition{noneMatch: aws.String("*")}
}

// complete makes an object of the parts and returns what the store says of it.
func (s *session) complete(ctx context.Context, key, upload string, st *state, when condition) (object, error) {
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
		return object{}, err
	}
	return object{etag: aws.ToString(out.ETag), checksum: s.profile.pick(out.ChecksumCRC32, out.ChecksumCRC64NVME)}, nil
}

// confirm compares what was made with what was sent. It can only differ at a store that
// ignores the checksum of the request; then the object is removed again.
func (s *session) confirm(ctx context.Context, f destination.File, st *state, done object) error {
	problem := ""
	switch {
	case s.profile.algorithm == "":
		if etag := st.etag(); plain(done.etag) != etag {
			problem = fmt.Sprintf("ETag %s there, %s is that of the parts that were sent", done.etag, etag)
		}
	case done.checksum == "":
		there, err := s.head(ctx, s.key(f.Name))
		if err != nil {
			return err
		}
		if there.state == hidden {
			return nil
		}
		done = there
		fallthrough
	default:
		if done.checksum != st.Checksum {
			problem = fmt.Sprintf("checksum %q there, %s was sent", done.checksum, st.Checksum)
		}
	}
	if problem == "" {
		return nil
	}
	if err := s.remove(ctx, s.key(f.Name)); err != nil {
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

// afterRefusal decides about a name that could not be taken: by us after all, with a lost
// answer, by somebody else, or not at all.
func (s *session) afterRefusal(ctx context.Context, f destination.File, token string, st *state, replace bool, refused error) error {
	code := codeOf(refused)
	switch {
	case code == codeNoUpload || code == codeNoKey || code == codePrecondition:
	case fault.Is(refused, fault.IntegrityMismatch) || isDamage(code):
		return s.damaged(ctx, f, token, st, refused)
	default:
		return s.classify(ctx, "publish", s.key(f.Name), refused)
	}
	there, err := s.compare(ctx, f)
	switch {
	case err != nil:
		return err
	case there.state == same:
		return s.drop(ctx, f, token, st)
	case there.state == absent || code != codePrecondition:
		return s.damaged(ctx, f, token, st, gone(f))
	case replace:
		return fault.New(fault.Conflict, "publish %s: it changed while it was replaced", s.key(f.Name))
	}
	return destination.Collide(f.Name)
}

// damaged forgets the upload, so that the file is sent anew.
func (s *session) damaged(ctx context.Context, f destination.File, token string, st *state, cause error) error {
	if err := s.drop(ctx, f, token, st); err != nil {
		return err
	}
	if fault.Is(cause, fault.IntegrityMismatch) {
		return cause
	}
	return s.classify(ctx, "publish", s.key(f.Name), cause)
}

func gone(f destination.File) error {
	return fault.New(fault.IntegrityMismatch, "publish %s: it was not uploaded, or its upload is gone", f.Name)
}
