package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/steady"
	"transporter/internal/s3answer"
)

// Open implements feed.Door. A body that breaks off goes on where it stopped, by If-Match from the
// very object that was listed (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
func (d *Door) Open(ctx context.Context, o feed.Object) (io.ReadCloser, error) {
	at := func(offset int64) (io.ReadCloser, error) { return d.openAt(ctx, o, offset) }
	return steady.Open(ctx, o.Size, at, func(err error) error { return d.classify(ctx, "read", o.Key, err) })
}

func (d *Door) openAt(ctx context.Context, o feed.Object, offset int64) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{Bucket: &d.config.Bucket, Key: aws.String(d.root + o.Key), IfMatch: aws.String(o.ETag)}
	if offset > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", offset))
	}
	out, err := d.api.GetObject(ctx, in)
	if err != nil {
		return nil, d.unopened(ctx, o.Key, err)
	}
	if whole := aws.ToInt64(out.ContentLength) + offset; whole != o.Size {
		out.Body.Close()
		return nil, changed(o.Key, fmt.Sprintf("it has %d bytes, %d were listed", whole, o.Size))
	}
	return out.Body, nil
}

// absentKey names no object of any export: who may list a bucket is told so (404), everybody else
// nothing (403).
const absentKey = ".transporter-no-such-object"

// unopened classifies why an object that was listed does not open.
func (d *Door) unopened(ctx context.Context, key string, err error) error {
	switch {
	case s3answer.Status(err) == http.StatusPreconditionFailed:
		return changed(key, "it is another object now")
	case s3answer.Code(err) == codeNoKey, s3answer.Status(err) == http.StatusNotFound && s3answer.Code(err) != codeNoBucket:
		return changed(key, "it is gone")
	}
	said := d.classify(ctx, "read", key, err)
	var denied *fault.Error
	if !errors.As(said, &denied) || denied.Kind != fault.PermissionDenied {
		return said
	}
	_, probed := d.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.config.Bucket, Key: aws.String(d.root + absentKey)})
	if s3answer.Status(probed) == http.StatusNotFound {
		return denied.WithFix("the keys may list the bucket, but not read this object: ask for s3:GetObject on it, and kms:Decrypt where a key of KMS closes it")
	}
	return denied.WithFix("the keys may neither read the object nor list the bucket: ask for s3:ListBucket and s3:GetObject")
}

func changed(key, how string) error {
	return fault.New(fault.Conflict, "%s changed while it was read: %s", key, how).
		WithFix("nothing: it is listed again, and read as it is then")
}
