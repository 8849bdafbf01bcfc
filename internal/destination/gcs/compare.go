package gcs

import (
	"context"

	"google.golang.org/api/storage/v1"

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
	state      comparison
	size       int64
	generation int64
	checksum   string // CRC32C that the store computed
	sha256     string // that we wrote beside it
}

// described reads what the store says of an object that is there.
func described(o *storage.Object) object {
	return object{state: present, size: int64(o.Size), generation: o.Generation, checksum: o.Crc32c, sha256: o.Metadata[hashField]}
}

// look asks for an object; its state is absent, present or hidden.
func (s *session) look(ctx context.Context, key string) (object, error) {
	got, err := s.d.api.Objects.Get(s.d.config.Bucket, key).Context(ctx).Do()
	switch {
	case err == nil:
		return described(got), nil
	case statusOf(err) == statusNotFound:
		return object{}, nil
	}
	err = s.classify(ctx, "look at", key, err)
	if fault.Is(err, fault.PermissionDenied) && statusOf(err) == statusForbidden {
		return object{state: hidden}, nil
	}
	return object{}, err
}

// compare looks at the file's final name. An object of ours is known by the hash that was
// written with it; any other is read and hashed, if it has the size.
func (s *session) compare(ctx context.Context, f destination.File) (object, error) {
	o, err := s.look(ctx, s.key(f.Name))
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
		size, sum, err := s.digest(ctx, s.key(f.Name), o.generation)
		if err != nil {
			return o, err
		}
		if f.Matches(size, sum) == nil {
			o.state = same
		}
	}
	return o, nil
}

// digest reads an object back and hashes it.
func (s *session) digest(ctx context.Context, key string, generation int64) (int64, string, error) {
	body, err := s.read(ctx, key, generation)
	if err != nil {
		return 0, "", err
	}
	defer body.Close()
	return destination.Digest(ctx, body)
}
