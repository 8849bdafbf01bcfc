package webhook

import (
	"cmp"
	"slices"
	"time"
)

// State is that of an app with a retention time (Connector API, "Webhooks: retry policy"). One
// whose retries are counted is always up.
type State string

// The states. Down stores everything for all endpoints and tries those that failed again. When
// all answer, what is stored is replayed in order and what comes for its conversations stored
// behind it, while new conversations go at once (Transition); then what was stored meanwhile is
// drained (Recovered).
const (
	Up         State = "UP"
	Down       State = "FAILED"
	Transition State = "IN TRANSITION"
	Recovered  State = "RECOVERED"
)

const (
	firstWait = 2 * time.Second // doubled with every try that fails
	mostWait  = 5 * time.Minute
	// inTurn is how long what comes for a conversation that is drained waits for its turn.
	inTurn = 4 * time.Second
)

// outage is what an app that failed waits for.
type outage struct {
	failing map[string]bool // endpoints
	wait    time.Duration   // until the next try
	due     bool            // the wait is over
	probing bool            // posts to failing endpoints are under way
	missed  bool            // one of them failed
	left    int             // deliveries still to be replayed
}

// fail puts the app down because an endpoint failed.
func (q *queue) fail(endpoint string) {
	q.missed = true
	if q.state == Down {
		q.failing[endpoint] = true
		return
	}
	q.state = Down
	q.outage = outage{failing: map[string]bool{endpoint: true}, wait: firstWait}
	for _, l := range slices.Concat(q.direct, q.stored) {
		l.queued = false
	}
	q.direct, q.stored = nil, nil
	for _, l := range q.lanes {
		l.replay, l.stored = 0, false
	}
	q.arm()
}

func (q *queue) arm() {
	q.later(q.sender.settings.Load().wait(q.wait), func() { q.due = true; q.afterProbe() })
}

// afterProbe goes on once no post is under way: it judges the tries that were made, or makes
// those that are due.
func (q *queue) afterProbe() {
	if q.state != Down || q.busy > 0 {
		return
	}
	switch {
	case q.probing && q.missed:
		q.probing, q.wait = false, min(2*q.wait, mostWait)
		q.arm()
	case q.probing:
		q.recover()
	case q.due:
		q.due = false
		q.probe()
	}
}

// probe posts to every failing endpoint what is longest in store for it. If nothing is, the
// endpoint has nothing to fail with.
func (q *queue) probe() {
	oldest := map[string]*lane{}
	for _, l := range q.lanes {
		i := q.prune(l)
		if len(l.waiting) == 0 {
			q.schedule(l) // which forgets it
			continue
		}
		e := i.Capabilities.Webhooks.Endpoints[l.waiting[0].Type]
		if !q.failing[e.URL] || e.Excepted() || i.Capabilities.Webhooks.Retention == 0 {
			continue
		}
		if o := oldest[e.URL]; o == nil || l.waiting[0].id < o.waiting[0].id {
			oldest[e.URL] = l
		}
	}
	q.probing, q.missed = true, false
	for _, l := range oldest {
		q.start(l)
	}
	q.afterProbe()
}

// recover replays what is stored, in the order in which it came.
func (q *queue) recover() {
	q.outage = outage{}
	q.state = Transition
	lanes := make([]*lane, 0, len(q.lanes))
	for _, l := range q.lanes {
		if len(l.waiting) > 0 {
			l.stored, l.replay = true, len(l.waiting)
			q.left += l.replay
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b *lane) int { return cmp.Compare(a.waiting[0].id, b.waiting[0].id) })
	q.replayed(0)
	for _, l := range lanes {
		q.schedule(l)
	}
}

// replayed counts what is replayed down, and moves to the next state when there is nothing left.
func (q *queue) replayed(n int) {
	q.left -= n
	if q.state == Transition && q.left <= 0 {
		q.state = Recovered
	}
	if q.state != Recovered {
		return
	}
	for _, l := range q.lanes {
		if l.stored && len(l.waiting) > 0 {
			return
		}
	}
	q.state = Up
}

// waitInTurn gives what comes for a conversation that is being drained its time to wait; then its
// order is given up.
func (q *queue) waitInTurn(l *lane, d *delivery) {
	if q.state != Recovered || !l.stored || len(l.waiting) == 1 {
		return
	}
	q.later(q.sender.settings.Load().wait(inTurn), func() {
		at := slices.Index(l.waiting, d)
		if q.state != Recovered || at <= 0 || at < l.sending {
			return
		}
		l.waiting = slices.Delete(l.waiting, at, at+1)
		q.alone(d)
	})
}
