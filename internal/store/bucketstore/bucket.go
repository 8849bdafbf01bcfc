// Package bucketstore is the store driver for S3 and Google Cloud Storage, over
// gocloud.dev/blob with conditional writes. Importing it makes store.Open understand
//
//	s3://bucket[/prefix]?region=…&endpoint=…&path_style=true
//	gs://bucket[/prefix]
//	mem://                      for tests: a new empty bucket in memory
//
// Credentials are those of the environment (AWS: variables, profile, instance role;
// Google: application default credentials), never part of the URL. An S3 endpoint must
// honour If-None-Match on PutObject and CompleteMultipartUpload
// (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Uploads cut off
// by a crash leave parts that are never listed: give the bucket a lifecycle rule that
// aborts incomplete multipart uploads after a day.
package bucketstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"transporter/internal/store"
)

const (
	// partBytes is the upload part: 8 MiB times S3's 10,000 parts allow 80 GB an object.
	partBytes = 8 << 20
	// contentType saves the sniffing of what is sealed or encrypted anyway.
	contentType = "application/octet-stream"
)

// Bucket is the driver. It is safe for concurrent use.
type Bucket struct{ bucket *blob.Bucket }

var _ store.Store = (*Bucket)(nil)

// New returns the driver over a bucket that was opened elsewhere.
func New(b *blob.Bucket) *Bucket { return &Bucket{b} }

// Put implements store.Store.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	return b.write(ctx, key, r, &blob.WriterOptions{})
}

// write uploads the reader. Nothing becomes visible before the writer is closed, and a
// cancelled context makes Close give up instead.
func (b *Bucket) write(ctx context.Context, key string, r io.Reader, opts *blob.WriterOptions) (store.Info, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opts.ContentType, opts.BufferSize, opts.MaxConcurrency = contentType, partBytes, 1
	w, err := b.bucket.NewWriter(ctx, key, opts)
	if err != nil {
		return store.Info{}, classify("put", key, err)
	}
	source := &errorReader{r: r}
	size, err := io.Copy(w, source)
	if err != nil {
		cancel()
		closeErr := w.Close()
		if source.err != nil {
			return store.Info{}, fmt.Errorf("put %s: %w", key, source.err)
		}
		return store.Info{}, classify("put", key, errors.Join(err, closeErr))
	}
	if err := ctx.Err(); err != nil {
		_ = w.Close() // gives up: the context is done
		return store.Info{}, fmt.Errorf("put %s: %w", key, err)
	}
	if err := w.Close(); err != nil {
		return store.Info{}, classify("put", key, err)
	}
	return store.Info{Key: key, Size: size}, nil
}

// errorReader remembers why reading failed, to tell it from a failed upload.
type errorReader struct {
	r   io.Reader
	err error
}

func (e *errorReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}

// Open implements store.Store.
func (b *Bucket) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	r, err := b.bucket.NewRangeReader(ctx, key, offset, -1, nil)
	if err == nil {
		return r, nil
	}
	if offset > 0 && !isMissing(err) { // services refuse a range that begins at the end
		if info, statErr := b.Stat(ctx, key); statErr == nil && offset >= info.Size {
			return io.NopCloser(strings.NewReader("")), nil
		}
	}
	return nil, classify("open", key, err)
}

// Stat implements store.Store.
func (b *Bucket) Stat(ctx context.Context, key string) (store.Info, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, err
	}
	attrs, err := b.bucket.Attributes(ctx, key)
	if err != nil {
		return store.Info{}, classify("stat", key, err)
	}
	return store.Info{Key: key, Size: attrs.Size, ModTime: attrs.ModTime}, nil
}

// List implements store.Store. Objects that others keep in the bucket under names that
// are no keys are left out.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield(store.Info{}, err)
			return
		}
		objects := b.bucket.List(&blob.ListOptions{Prefix: prefix})
		for {
			o, err := objects.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(store.Info{}, classify("list", prefix, err))
				return
			}
			if store.CheckKey(o.Key) != nil {
				continue
			}
			if !yield(store.Info{Key: o.Key, Size: o.Size, ModTime: o.ModTime}, nil) {
				return
			}
		}
	}
}

// Delete implements store.Store.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	if err := b.bucket.Delete(ctx, key); err != nil && !isMissing(err) {
		return classify("delete", key, err)
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(classify("find", "object", err), store.ErrNotExist) }

func isPrecondition(err error) bool {
	return gcerrors.Code(err) == gcerrors.FailedPrecondition
}
