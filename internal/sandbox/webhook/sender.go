package webhook

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/journal"
	"transporter/internal/sandbox/live"
)

// Sender delivers notifications to installed apps. It is safe for concurrent use.
type Sender struct {
	apps      *installs.Registry
	transport http.RoundTripper
	now       func() time.Time
	settings  atomic.Pointer[Settings]
	attempts  *journal.Journal[Attempt]
	ids       atomic.Uint64 // of deliveries
	ctx       context.Context
	stop      context.CancelFunc
	posts     sync.WaitGroup

	mu     sync.Mutex
	queues map[client]*queue
}

// client is an app of an account.
type client struct{ account, app string }

// New returns a sender to the apps of the registry, which disables those whose endpoints are slow.
// A setting that is wrong is an error that names it.
func New(apps *installs.Registry, transport http.RoundTripper, now func() time.Time, settings Settings) (*Sender, error) {
	s := &Sender{apps: apps, transport: transport, now: now, attempts: newAttempts(), queues: map[client]*queue{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, s.Set(settings)
}

// Set replaces the settings; what waits already is delivered by the new ones. A setting that is
// wrong is an error that names it, and the old ones stay.
func (s *Sender) Set(settings Settings) error {
	if err := settings.complete(); err != nil {
		return err
	}
	s.settings.Store(&settings)
	return nil
}

// Settings returns a copy of the settings, with their defaults filled in.
func (s *Sender) Settings() Settings {
	set := *s.settings.Load()
	set.Hosts = maps.Clone(set.Hosts)
	return set
}

// Notify is a live.Notify: it takes a notification for delivery and returns at once. One for an
// app that is not there, is disabled or has no endpoint for the type is passed over.
func (s *Sender) Notify(n live.Notification) {
	i, _ := s.apps.Get(n.Account, n.App)
	if i == nil || !i.Usable() || s.ctx.Err() != nil {
		return
	}
	if _, wanted := i.Capabilities.Webhooks.Endpoints[n.Type]; wanted {
		s.queue(client{n.Account, n.App}).take(n)
	}
}

func (s *Sender) queue(c client) *queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[c] == nil {
		s.queues[c] = newQueue(s, c)
	}
	return s.queues[c]
}

// Close ends deliveries that are under way and makes no more. What is stored is lost.
func (s *Sender) Close() {
	s.stop()
	s.mu.Lock()
	for _, q := range s.queues { // none starts a post once it saw the end
		q.mu.Lock()
		q.mu.Unlock() //nolint:staticcheck // waits for who is in it
	}
	s.mu.Unlock()
	s.posts.Wait()
}

// Status is how deliveries to an app stand.
type Status struct {
	Account   string `json:"account"`
	App       string `json:"app"`
	Enabled   bool   `json:"enabled"` // and not deleted
	State     State  `json:"state"`
	Stored    int    `json:"stored"`    // deliveries that are waiting
	UnderWay  int    `json:"underWay"`  // posts
	Delivered int    `json:"delivered"` // deliveries
	Failed    int    `json:"failed"`    // attempts that are tried again
	Dropped   int    `json:"dropped"`   // deliveries
}

// Status lists the apps that were told of anything, by account and app.
func (s *Sender) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.queues))
	for _, q := range s.queues {
		list = append(list, q.status())
	}
	slices.SortFunc(list, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.App, b.App))
	})
	return list
}
