package gcs

import (
	"context"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// seen is what the store says of an object. The version is its generation; the checksum CRC32C.
type seen = object.Object[int64]

// described reads what the store says of an object that is there.
func described(o *storage.Object) seen {
	return seen{State: object.Present, Size: int64(o.Size), Version: o.Generation, Checksum: o.Crc32c, SHA256: o.Metadata[object.HashField]}
}

// look asks for an object; its state is absent, present or hidden.
func (s *session) look(ctx context.Context, key string) (seen, error) {
	got, err := s.d.api.Objects.Get(s.d.config.Bucket, key).Context(ctx).Do()
	switch {
	case err == nil:
		return described(got), nil
	case statusOf(err) == statusNotFound:
		return seen{}, nil
	}
	err = s.classify(ctx, "look at", key, err)
	if fault.Is(err, fault.PermissionDenied) && statusOf(err) == statusForbidden {
		return seen{State: object.Hidden}, nil
	}
	return seen{}, err
}

// compare looks at the file's final name and holds what lies there against the file.
func (s *session) compare(ctx context.Context, f destination.File) (seen, error) {
	o, err := s.look(ctx, s.Key(f.Name))
	if err != nil {
		return o, err
	}
	return o.Compared(f, func() (int64, string, error) { return s.digest(ctx, s.Key(f.Name), o.Version) })
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
