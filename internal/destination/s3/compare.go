package s3

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// comparison is what is known about an object.
type comparison int

const (
	absent    comparison = iota
	different            // other size or other bytes
	same                 // our bytes
	present              // there, and not compared
	hidden               // the store does not let us look at it
)

// object is what the store says of one.
type object struct {
	state    comparison
	size     int64
	etag     string
	checksum string // of the profile, of the whole object; empty if there is none
	sha256   string // that we wrote beside it
}

// mute are the answers to HEAD that say why only in the body which they do not have: the
// next request is told. A wrong region is one of them.
var mute = map[int]bool{statusForbidden: true, http.StatusBadRequest: true, http.StatusMovedPermanently: true}

// head asks for an object; its state is absent, present or hidden.
func (s *session) head(ctx context.Context, key string) (object, error) {
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: s.bucket(), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	switch {
	case err == nil:
	case statusOf(err) == statusNotFound:
		return object{}, nil
	case mute[statusOf(err)]:
		return object{state: hidden}, nil
	default:
		return object{}, s.classify(ctx, "look at", key, err)
	}
	o := object{state: present, size: aws.ToInt64(out.ContentLength), etag: aws.ToString(out.ETag), sha256: out.Metadata[hashField]}
	if out.ChecksumType == types.ChecksumTypeFullObject {
		o.checksum = s.profile.pick(out.ChecksumCRC32, out.ChecksumCRC64NVME)
	}
	return o, nil
}

// compare looks at the file's final name. An object of ours is known by the hash that was
// written with it; any other is read and hashed, if it has the size.
func (s *session) compare(ctx context.Context, f destination.File) (object, error) {
	o, err := s.head(ctx, s.key(f.Name))
	if err != nil || o.state != present {
		return o, err
	}
	o.state = different
	switch {
	case o.size != f.Size:
	case o.sha256 != "":
		if o.sha256 == f.SHA256 {
			o.state = same
		}
	default:
		size, sum, err := s.digest(ctx, s.key(f.Name))
		if err != nil && !fault.Is(err, fault.PermissionDenied) {
			return o, err
		}
		if err == nil && f.Matches(size, sum) == nil {
			o.state = same
		}
	}
	return o, nil
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
