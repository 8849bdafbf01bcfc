package s3

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/destination"
)

// sweepProbes removes what tests that were killed have left beside the probe's own file. Where keys
// cannot be listed, or nothing removed, they stay: no delivery minds them.
func (s *session) sweepProbes(ctx context.Context, own string) {
	changed := map[string]time.Time{}
	for _, begin := range []string{destination.HiddenProbe, "." + destination.HiddenProbe} {
		found, err := s.api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: s.bucket(), Prefix: aws.String(s.Key(begin))})
		if err != nil {
			return
		}
		for _, o := range found.Contents {
			changed[aws.ToString(o.Key)] = aws.ToTime(o.LastModified)
		}
	}
	for _, key := range destination.Abandoned(s.Key(own), changed) {
		_ = s.remove(ctx, key)
	}
}
