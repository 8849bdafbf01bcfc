package s3

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/s3answer"
)

// seen is what the store says of an object. The version is its ETag; the checksum is the
// profile's.
type seen = object.Object[string]

// mute are the answers to HEAD that say why only in the body which they do not have: the
// next request is told. A wrong region is one of them.
var mute = map[int]bool{statusForbidden: true, http.StatusBadRequest: true, http.StatusMovedPermanently: true}

// head asks for an object; its state is absent, present or hidden.
func (s *session) head(ctx context.Context, key string) (seen, error) {
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: s.bucket(), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	switch {
	case err == nil:
	case s3answer.Status(err) == statusNotFound:
		return seen{}, nil
	case mute[s3answer.Status(err)]:
		return seen{State: object.Hidden}, nil
	default:
		return seen{}, s.classify(ctx, "look at", key, err)
	}
	o := seen{
		State: object.Present, Size: aws.ToInt64(out.ContentLength), Version: aws.ToString(out.ETag),
		SHA256: out.Metadata[object.HashField],
	}
	if out.ChecksumType == types.ChecksumTypeFullObject {
		o.Checksum = s.profile.pick(out.ChecksumCRC32, out.ChecksumCRC64NVME)
	}
	return o, nil
}

// compare looks at the file's final name and holds what lies there against the file.
func (s *session) compare(ctx context.Context, f destination.File) (seen, error) {
	o, err := s.head(ctx, s.Key(f.Name))
	if err != nil {
		return o, err
	}
	return o.Compared(f, func() (int64, string, error) { return s.digest(ctx, s.Key(f.Name)) })
}

// digest reads an object back and hashes it.
func (s *session) digest(ctx context.Context, key string) (int64, string, error) {
	body, err := s.read(ctx, key)
	if err != nil {
		return 0, "", err
	}
	defer body.Close()
	return destination.Digest(ctx, body)
}
