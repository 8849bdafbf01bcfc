package s3

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// open starts a multipart upload to the key and hands its id to keep. That one is being
// started is remembered before: a crash in between leaves an upload without an id, which
// sweep finds. Where the store refused, there is nothing to find.
func (s *session) open(ctx context.Context, f destination.File, st *state, key string, keep func(id string)) error {
	st.Opening = key
	if err := f.Remember(ctx, st); err != nil {
		return err
	}
	id, err := s.create(ctx, f, key)
	switch {
	case err == nil:
		st.Opening = ""
		keep(id)
		return f.Remember(ctx, st)
	case fault.Is(err, fault.Upstream) || ctx.Err() != nil:
		return err
	case st.Upload == "":
		return errors.Join(err, f.Journal.Save(ctx, nil))
	}
	st.Opening = ""
	return errors.Join(err, f.Remember(ctx, st))
}

// sweep aborts what a crash may have left of an upload that was being started: every open
// upload to its key. That of somebody else who writes the same name at this moment is aborted
// too, which they notice and begin again. Without the right to list uploads it stays for the
// bucket's own rule.
func (s *session) sweep(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	pages := s3.NewListMultipartUploadsPaginator(s.api, &s3.ListMultipartUploadsInput{Bucket: s.bucket(), Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case s3answer.Status(err) == statusForbidden:
			return nil
		case err != nil:
			return s.classify(ctx, "list the uploads of", key, err)
		}
		for _, u := range page.Uploads {
			if aws.ToString(u.Key) != key {
				continue
			}
			if err := s.abort(ctx, key, aws.ToString(u.UploadId)); err != nil {
				return err
			}
		}
	}
	return nil
}
