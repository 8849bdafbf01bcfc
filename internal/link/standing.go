package link

import (
	"context"
	"fmt"
	"time"
)

// State says whether a link can be used.
type State string

// States.
const (
	Live    State = "live"
	Expired State = "expired"
	Revoked State = "revoked"
)

// Standing is a link with what became of it.
type Standing struct {
	Link
	Used
	Revoked time.Time // zero: it was not
}

// Used counts downloads: every answer that sends bytes, also one that goes on where another
// broke off.
type Used struct {
	Downloads int64     `json:"downloads"`
	Last      time.Time `json:"last"` // zero: never
}

// State returns whether the link can be used at the time.
func (s Standing) State(now time.Time) State {
	switch {
	case !s.Revoked.IsZero():
		return Revoked
	case !now.Before(s.Expires):
		return Expired
	}
	return Live
}

// Count notes one more download; it is safe once Count has returned. Each process counts in a
// record of its own, so none loses another's.
func (b *Book) Count(ctx context.Context, id string) error {
	b.counting.Lock()
	defer b.counting.Unlock()
	key := usedPrefix(id) + b.process
	var own Used
	if _, err := b.records.Get(ctx, key, &own); err != nil {
		return fmt.Errorf("count download: %w", err)
	}
	own.Downloads, own.Last = own.Downloads+1, b.now().UTC()
	if err := b.records.Put(ctx, key, own); err != nil {
		return fmt.Errorf("count download: %w", err)
	}
	return nil
}

// used sums the counts of all processes.
func (b *Book) used(ctx context.Context, id string) (sum Used, err error) {
	for info, err := range b.store.List(ctx, usedPrefix(id)) {
		if err != nil {
			return sum, fmt.Errorf("count downloads: %w", err)
		}
		var one Used
		if _, err := b.records.Get(ctx, info.Key, &one); err != nil {
			return sum, fmt.Errorf("count downloads: %w", err)
		}
		sum.Downloads += one.Downloads
		if one.Last.After(sum.Last) {
			sum.Last = one.Last
		}
	}
	return sum, nil
}

func usedPrefix(id string) string { return "links/" + id + "/used-" }
