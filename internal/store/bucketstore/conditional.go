package bucketstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"

	"transporter/internal/fault"
	"transporter/internal/store"
)

const (
	// attemptField is the object's metadata field that says which call wrote it.
	attemptField = "attempt"
	// conflictTries bounds the repetition of a write that met another one in flight, which
	// S3 answers with 409 ConditionalRequestConflict and the advice to try again.
	conflictTries = 5
	conflictPause = 50 * time.Millisecond
)

// PutIfAbsent implements store.Store with If-None-Match: * on S3 and ifGenerationMatch=0
// on Google. A request that is sent again because its answer got lost finds its own
// object; the attempt's name in the metadata tells that from a loss.
func (b *Bucket) PutIfAbsent(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	attempt := rand.Text()
	opts := func() *blob.WriterOptions {
		return &blob.WriterOptions{IfNotExist: true, Metadata: map[string]string{attemptField: attempt}}
	}
	info, err := b.write(ctx, key, r, opts())
	seeker, repeatable := r.(io.Seeker)
	for try := 1; try < conflictTries && repeatable && fault.Is(err, fault.Conflict); try++ {
		if err := pause(ctx, time.Duration(try)*conflictPause); err != nil {
			return store.Info{}, err
		}
		if _, err := seeker.Seek(0, io.SeekStart); err != nil {
			return store.Info{}, fmt.Errorf("put %s: %w", key, err)
		}
		info, err = b.write(ctx, key, r, opts())
	}
	if errors.Is(err, store.ErrExists) {
		return b.ifOurs(ctx, key, attempt, err)
	}
	return info, err
}

// ifOurs returns the object's description if the attempt wrote it, else exists.
func (b *Bucket) ifOurs(ctx context.Context, key, attempt string, exists error) (store.Info, error) {
	attrs, err := b.bucket.Attributes(ctx, key)
	switch {
	case err != nil && !isMissing(err):
		return store.Info{}, classify("put", key, err)
	case err != nil || attrs.Metadata[attemptField] != attempt:
		return store.Info{}, exists
	}
	return store.Info{Key: key, Size: attrs.Size, ModTime: attrs.ModTime}, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
