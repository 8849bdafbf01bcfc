package feedschema

import (
	"context"
	"time"

	"transporter/internal/feed"
)

// Watch is the book open at one source. It is safe for concurrent use.
type Watch struct {
	Book            *Book
	Door            feed.Door
	Account, Source string
	Now             func() time.Time
}

// Check looks at what the platform says of its feeds, at most once an hour, and at the folders of this
// one. A feed that is held is fault.NotReady with the change and how to release it.
func (w Watch) Check(ctx context.Context, p feed.Place) error {
	if _, err := w.Book.Look(ctx, w.Door, Ask{Account: w.Account, Source: w.Source, Feeds: []string{p.Feed}, Now: w.Now()}); err != nil {
		return err
	}
	holds, err := w.Book.Held(ctx, w.Account, w.Source, p.Feed, p.Version)
	if err != nil || len(holds) == 0 {
		return err
	}
	return holds[0].Wait(w.Source)
}

// Saw notes which columns rows of the feed have.
func (w Watch) Saw(ctx context.Context, p feed.Place, columns []string) error {
	return w.Book.Saw(ctx, w.Account, w.Source, p.Feed, p.Version, columns)
}

// Cadence returns how often the platform says that it exports the feed.
func (w Watch) Cadence(ctx context.Context, p feed.Place) (feed.Cadence, bool, error) {
	return w.Book.Cadence(ctx, w.Account, w.Source, p.Feed, p.Version)
}
