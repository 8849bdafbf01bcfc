// Package follow watches a run to its end and tells a person what it does: one line for
// every step and leg when it ends, and now and then one for a step that takes long.
package follow

import (
	"context"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

const (
	// lookEvery is how often the run is asked: often enough to feel live, seldom enough to
	// cost nothing.
	lookEvery = 500 * time.Millisecond
	// longAfter is when a step is worth a word before it ends, repeatEvery how long until
	// the next word about it.
	longAfter   = 2 * time.Second
	repeatEvery = 5 * time.Second
)

// Run is a run that somebody watches.
type Run struct {
	Client  *apiclient.Client
	Account string
	ID      string
	Say     func(line string)
	Now     func() time.Time
}

// ToEnd says what the run does and returns the run as it ended, green or red. It ends early
// only with ctx or when the API does not answer.
func (r Run) ToEnd(ctx context.Context) (httpapi.RunDetail, error) {
	lines := teller{now: r.Now, told: map[string]word{}}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		d, err := r.Client.Run(ctx, r.Account, r.ID)
		if err != nil {
			return d, err
		}
		for _, line := range lines.tell(d.Steps) {
			r.Say(line)
		}
		if d.Status != "running" {
			return d, nil
		}
		select {
		case <-ctx.Done():
			return d, ctx.Err()
		case <-tick.C:
		}
	}
}
