package cloudstore

import (
	"context"
	"time"

	"transporter/internal/destination"
)

// sweepProbes removes what tests that were killed have left beside the probe's own file, which
// the daily maintenance would do too. Where nothing can be listed or removed it stays.
func (d *Destination) sweepProbes(ctx context.Context, own string) {
	changed := map[string]time.Time{}
	for _, begin := range []string{d.final(destination.HiddenProbe), d.prefix + "/temp/"} {
		for object, err := range d.store.List(ctx, begin) {
			if err != nil {
				return
			}
			changed[object.Key] = object.ModTime
		}
	}
	for _, key := range destination.Abandoned(d.final(own), changed) {
		_ = d.store.Delete(ctx, key)
	}
}
