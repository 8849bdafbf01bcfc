package cloudstore

import (
	"context"
	"fmt"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/human"
)

// Quota bounds what the files of one account take, in all its destinations of this kind.
// The zero value bounds nothing.
type Quota struct {
	Prefix string // of all keys that count
	Bytes  int64  // as the store keeps them
}

// Within returns the destination with the quota.
func (d *Destination) Within(q Quota) *Destination {
	bounded := *d
	bounded.quota = q
	return &bounded
}

// makeRoom returns fault.StorageFull, which is tried again, unless f fits beside what is kept.
// What others are storing at this moment is not seen: files that arrive at once may go over
// the quota together.
func (d *Destination) makeRoom(ctx context.Context, f destination.File, token string) error {
	if d.quota.Bytes == 0 {
		return nil
	}
	var kept int64
	for object, err := range d.store.List(ctx, d.quota.Prefix+"/") {
		if err != nil {
			return fmt.Errorf("look how full the cloud store is: %w", err)
		}
		if object.Key != d.temp(f.Name, token) { // it is replaced
			kept += object.Size
		}
	}
	if kept+f.Size <= d.quota.Bytes {
		return nil
	}
	return fault.New(fault.StorageFull, "the account keeps %s of %s in the cloud store, and %s has %s",
		human.Bytes(kept), human.Bytes(d.quota.Bytes), f.Name, human.Bytes(f.Size)).
		WithFix("raise --cloud-quota of the worker, or shorten --keep-cloud; the run goes on by itself when there is room")
}
