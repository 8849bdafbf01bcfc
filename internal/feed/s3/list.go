package s3

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"transporter/internal/feed"
)

// List implements feed.Door, page by page of 1,000 keys
// (docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
func (d *Door) List(ctx context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		for page, err := range d.pages(ctx, prefix, "") {
			if err != nil {
				yield(feed.Object{}, err)
				return
			}
			for _, o := range page.Contents {
				if !yield(d.object(o), nil) {
					return
				}
			}
		}
	}
}

// Folders implements feed.Door.
func (d *Door) Folders(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range d.pages(ctx, folder, "/") {
			if err != nil {
				yield("", err)
				return
			}
			for _, p := range page.CommonPrefixes {
				name := strings.TrimSuffix(strings.TrimPrefix(aws.ToString(p.Prefix), d.root+folder), "/")
				if !yield(name, nil) {
					return
				}
			}
		}
	}
}

func (d *Door) pages(ctx context.Context, prefix, delimiter string) iter.Seq2[*s3.ListObjectsV2Output, error] {
	in := &s3.ListObjectsV2Input{Bucket: &d.config.Bucket, Prefix: aws.String(d.root + prefix)}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	return func(yield func(*s3.ListObjectsV2Output, error) bool) {
		for all := s3.NewListObjectsV2Paginator(d.api, in); all.HasMorePages(); {
			page, err := all.NextPage(ctx)
			if err != nil {
				yield(nil, d.classify(ctx, "list", d.root+prefix+"*", err))
				return
			}
			if theirs, ok := middleware.GetServerTime(page.ResultMetadata); ok {
				d.Hear(theirs, d.config.Now())
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

func (d *Door) object(o types.Object) feed.Object {
	return feed.Object{
		Key: strings.TrimPrefix(aws.ToString(o.Key), d.root), Size: aws.ToInt64(o.Size),
		ETag: aws.ToString(o.ETag), Modified: aws.ToTime(o.LastModified).UTC(),
	}
}
