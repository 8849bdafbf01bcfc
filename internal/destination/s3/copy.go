package s3

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"transporter/internal/destination"
	"transporter/internal/s3answer"
)

// copySize is how much the store copies at one request; 5 GiB is the most that the
// protocol allows, less lets several go side by side.
const copySize = 512 << 20

// copyTemp makes the final object of the temporary one, in parts: only completing an
// upload can be had with a condition everywhere. The parts are copied on the condition that
// the temporary object is the one that was read back. A store that cannot compute
// checksums of what it copies, and refuses to (MinIO), copies the parts as they were sent and
// is held to their ETags.
func (s *session) copyTemp(ctx context.Context, f destination.File, st *state, when condition) error {
	final := s.Key(f.Name)
	if err := s.abort(ctx, final, st.Copy); err != nil {
		return err
	}
	if err := s.sweep(ctx, st.Opening); err != nil {
		return err
	}
	if err := s.open(ctx, f, st, final, func(id string) { st.Copy = id }); err != nil {
		return err
	}
	whole, err := s.copyParts(ctx, final, st)
	if s.profile.algorithm != "" && s3answer.Code(err) == codeInvalid {
		return s.byETag().copyTemp(ctx, f, st, when)
	}
	if err != nil {
		return err
	}
	done, err := s.complete(ctx, final, st.Copy, whole, when)
	if err != nil {
		return err
	}
	return s.confirm(ctx, f, st, done)
}

// copyParts lets the store copy the temporary object into the open upload.
func (s *session) copyParts(ctx context.Context, final string, st *state) (*state, error) {
	whole := &state{Size: st.Size, Part: copySize, Checksum: st.Checksum}
	if s.profile.algorithm == "" {
		whole.Part = st.Part // its ETag can be compared only if the parts are the same
	}
	whole.Parts = make([]part, whole.count())
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for i := range whole.Parts {
		group.Go(func() (err error) {
			whole.Parts[i], err = s.copyPart(running, final, st, whole, i+1)
			return err
		})
	}
	return whole, group.Wait()
}

// copyPart lets the store copy one part of the temporary object.
func (s *session) copyPart(ctx context.Context, final string, st, whole *state, number int) (part, error) {
	in := &s3.UploadPartCopyInput{
		Bucket: s.bucket(), Key: &final, UploadId: &st.Copy, PartNumber: aws.Int32(int32(number)),
		CopySource: aws.String(escape(s.d.config.Bucket + "/" + st.Key)), CopySourceIfMatch: &st.ETag,
	}
	if whole.count() > 1 {
		from := int64(number-1) * whole.Part
		in.CopySourceRange = aws.String(fmt.Sprintf("bytes=%d-%d", from, from+whole.sizeOf(number)-1))
	}
	out, err := s.api.UploadPartCopy(ctx, in)
	if err != nil {
		return part{}, err
	}
	return part{
		ETag:     aws.ToString(out.CopyPartResult.ETag),
		Checksum: s.profile.pick(out.CopyPartResult.ChecksumCRC32, out.CopyPartResult.ChecksumCRC64NVME),
	}, nil
}

// escape writes a source as the header wants it: percent-encoded, but for the slashes.
func escape(source string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(source))
}
