package gcs

import (
	"context"
	"time"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
)

// sweepProbes removes what tests that were killed have left beside the probe's own file. Where
// objects cannot be listed, or nothing removed, they stay: no delivery minds them.
func (s *session) sweepProbes(ctx context.Context, own string) {
	changed := map[string]time.Time{}
	for _, begin := range []string{destination.HiddenProbe, "." + destination.HiddenProbe} {
		found := s.d.api.Objects.List(s.d.config.Bucket).Prefix(s.Key(begin))
		if err := found.Pages(ctx, func(page *storage.Objects) error {
			for _, o := range page.Items {
				at, err := time.Parse(time.RFC3339, o.Updated)
				if err != nil {
					return err
				}
				changed[o.Name] = at
			}
			return nil
		}); err != nil {
			return
		}
	}
	for _, key := range destination.Abandoned(s.Key(own), changed) {
		_ = s.remove(ctx, key)
	}
}
