package s3

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Verify compares what the store says of the uploaded parts, or of the whole object, with
// what was sent: sizes and checksums, which is level 2. A file that was uploaded to be
// read back is read back for level 3; of an upload that is not completed nobody can read
// anything, so that level 2 is the most there.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	s = s.planned(f)
	if err := s.Check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	st, fits, err := s.load(ctx, f, token)
	if err != nil {
		return destination.Sent, err
	}
	var level destination.Level
	switch {
	case !fits:
		return s.verifyPublished(ctx, f, want)
	case st.Checksum == "":
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: its upload did not end", f.Name)
	case st.ETag == "":
		level, err = s.verifyParts(ctx, f, st)
	default:
		level, err = s.verifyObject(ctx, f, st.Key, st.Checksum, want)
	}
	if fault.Is(err, fault.IntegrityMismatch) {
		err = errors.Join(err, s.drop(ctx, f, token, st))
	}
	return level, err
}

// verifyParts holds the store's list of parts against ours. Where the list may not be
// read, the answers to the parts count: the store has computed the same hashes for them.
func (s *session) verifyParts(ctx context.Context, f destination.File, st *state) (destination.Level, error) {
	pages := s3.NewListPartsPaginator(s.api, &s3.ListPartsInput{Bucket: s.bucket(), Key: &st.Key, UploadId: &st.Upload})
	listed := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case s3answer.Code(err) == codeNoUpload:
			return s.afterAll(ctx, f)
		case s3answer.Status(err) == statusForbidden && listed == 0:
			return destination.Hash, nil
		case err != nil:
			return destination.Sent, s.classify(ctx, "list the parts of", st.Key, err)
		}
		for _, p := range page.Parts {
			listed++
			if err := s.comparePart(f, st, listed, p); err != nil {
				return destination.Sent, err
			}
		}
	}
	if listed != st.count() {
		return destination.Sent, fault.New(fault.IntegrityMismatch, "%s has %d parts there, %d were sent", f.Name, listed, st.count())
	}
	return destination.Hash, nil
}

// afterAll decides about an upload that is gone: completed, with a lost answer, or aborted.
func (s *session) afterAll(ctx context.Context, f destination.File) (destination.Level, error) {
	there, err := s.compare(ctx, f)
	if err == nil && there.State != object.Same {
		err = fault.New(fault.IntegrityMismatch, "verify %s: its upload is gone", f.Name)
	}
	if err != nil {
		return destination.Sent, err
	}
	return destination.Hash, nil
}

func (s *session) comparePart(f destination.File, st *state, number int, there types.Part) error {
	size, checksum := aws.ToInt64(there.Size), s.profile.pick(there.ChecksumCRC32, there.ChecksumCRC64NVME)
	switch ours := st.Parts[min(number, len(st.Parts))-1]; {
	case int(aws.ToInt32(there.PartNumber)) != number || number > st.count():
		return fault.New(fault.IntegrityMismatch, "%s has a part %d there that was not sent", f.Name, aws.ToInt32(there.PartNumber))
	case size != st.sizeOf(number):
		return fault.New(fault.IntegrityMismatch, "part %d of %s has %d bytes there, %d were sent", number, f.Name, size, st.sizeOf(number))
	case plain(aws.ToString(there.ETag)) != plain(ours.ETag) || checksum != "" && checksum != ours.Checksum:
		return fault.New(fault.IntegrityMismatch, "part %d of %s has ETag %s and checksum %q there, %s and %q were sent",
			number, f.Name, aws.ToString(there.ETag), checksum, ours.ETag, ours.Checksum)
	}
	return nil
}

// plain strips the quotes that some answers have around an ETag.
func plain(etag string) string { return strings.Trim(etag, `"`) }

// verifyPublished checks the object under the final name; for the store's checksum the
// file is read once more on our side.
func (s *session) verifyPublished(ctx context.Context, f destination.File, want destination.Level) (destination.Level, error) {
	ours := ""
	if want == destination.Hash {
		var err error
		if ours, err = object.Whole(ctx, f, destination.NewSums(s.profile.sum())); err != nil {
			return destination.Sent, err
		}
	}
	return s.verifyObject(ctx, f, s.Key(f.Name), ours, want)
}

// verifyObject checks a whole object at the level; checksum is that of our bytes.
func (s *session) verifyObject(ctx context.Context, f destination.File, key, checksum string, want destination.Level) (destination.Level, error) {
	there, err := s.head(ctx, key)
	switch {
	case err != nil:
		return destination.Sent, err
	case there.State == object.Absent:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: it is not at the store any more", f.Name)
	case there.State == object.Hidden:
		return destination.Sent, nil
	case there.Size != f.Size:
		return destination.Sent, f.Matches(there.Size, "")
	case want <= destination.Size:
		return destination.Size, nil
	case want == destination.Hash && there.Checksum != "":
		if there.Checksum != checksum {
			return destination.Sent, fault.New(fault.IntegrityMismatch, "%s has checksum %s there, %s was sent", f.Name, there.Checksum, checksum)
		}
		return destination.Hash, nil
	}
	size, sum, err := s.digest(ctx, key)
	switch {
	case fault.Is(err, fault.PermissionDenied) && there.Checksum != "" && there.Checksum == checksum:
		return destination.Hash, nil
	case fault.Is(err, fault.PermissionDenied):
		return destination.Size, nil
	case err != nil:
		return destination.Sent, err
	}
	if err := f.Matches(size, sum); err != nil {
		return destination.Sent, err
	}
	return destination.Bytes, nil
}
