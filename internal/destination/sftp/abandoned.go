package sftp

import (
	"context"
	"time"

	"transporter/internal/destination"
)

// sweepProbes removes what tests that were killed have left beside the probe's own file. Where the
// folder cannot be listed, or nothing removed, they stay: no delivery minds them.
func (s *session) sweepProbes(ctx context.Context, own string) {
	entries, err := s.client.ReadDirContext(ctx, s.root())
	if err != nil {
		return
	}
	changed := map[string]time.Time{}
	for _, e := range entries {
		changed[e.Name()] = e.ModTime()
	}
	for _, name := range destination.Abandoned(own, changed) {
		_ = s.remove(ctx, s.final(name))
	}
}
