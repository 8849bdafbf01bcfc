package cloudstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"transporter/internal/destination"
)

// Probe delivers a small file of its own, reads it back and removes it.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	content := []byte(rand.Text())
	sum := sha256.Sum256(content)
	f := destination.File{
		Name: "probe-" + strings.ToLower(rand.Text()), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
		Journal: &destination.Memory{},
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}
	token := hex.EncodeToString(sum[:8])
	err := d.tryDelivery(ctx, f, token)
	err = errors.Join(err, d.store.Delete(ctx, d.temp(f.Name, token)), d.store.Delete(ctx, d.final(f.Name)))
	if err != nil {
		return destination.Capabilities{}, err
	}
	return destination.Capabilities{Atomic: true, Highest: destination.Bytes}, nil
}

func (d *Destination) tryDelivery(ctx context.Context, f destination.File, token string) error {
	s := &session{d}
	if err := s.Upload(ctx, f, token, func(int64) {}); err != nil {
		return err
	}
	if _, err := s.Verify(ctx, f, token, destination.Bytes); err != nil {
		return err
	}
	return s.Publish(ctx, f, token, false)
}
