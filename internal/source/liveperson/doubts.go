package liveperson

import (
	"cmp"
	"slices"
	"sync"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

// doubts are what slices of one query do not fit together in, collected: who accepts them has to see
// all of them. It is safe for concurrent use.
type doubts struct {
	mu    sync.Mutex
	waits []feed.Wait
}

// take keeps what a slice is in doubt of, so that the others go on. Any other error is returned.
func (d *doubts) take(err error) error {
	waits := feed.WaitsOf(err)
	if len(waits) == 0 {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waits = append(d.waits, waits...)
	return nil
}

// err is the error of all of them; nil if there are none.
func (d *doubts) err() error {
	if len(d.waits) == 0 {
		return nil
	}
	slices.SortFunc(d.waits, func(a, b feed.Wait) int { return cmp.Compare(a.Name, b.Name) })
	return errDoubt(d.waits...)
}

// errDoubt says what does not fit together, and by which name to go on without it.
func errDoubt(waits ...feed.Wait) error {
	return fault.New(fault.PartialData, "%w", &feed.Unmet{Waits: waits}).
		WithFix("the run is tried again; if it stays, tell the platform's support, and finish this window without what does not fit: "+
			"starter run accept RUN --record '%s', with all names that the run lists. For windows to come make the task without handle times "+
			"(parameter handle_time, or breakdown of raw.handle_time)", waits[0].Name)
}
