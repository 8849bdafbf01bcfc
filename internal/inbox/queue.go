package inbox

import (
	"context"
	"sync"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// Bounds of one signal. A payload may have 2 MiB (Temporal, "Self-hosted defaults: blob size
// limit"), and a workflow task reads what came meanwhile in one piece.
const (
	maxEvents = 200
	maxBytes  = 1 << 20
	// envelope is what an event has besides its body, at most, as JSON.
	envelope = 1 << 10
)

// queue signals conversations, each by one call at a time: what arrives for a conversation
// meanwhile goes out together with the next. So a busy conversation costs no more calls than the
// server answers, and its events keep the order of arrival.
type queue struct {
	signals Signals
	metrics *Metrics
	mu      sync.Mutex
	lanes   map[contract.ConversationRef]*lane // of conversations with a call under way
}

// lane is the batch that is under way, and what waits behind it.
type lane struct {
	under   *batch
	waiting []*batch
}

// batch is one signal: err is set when done is closed.
type batch struct {
	events   []conversation.Event
	bytes    int
	deadline time.Time // of the delivery that came first
	done     chan struct{}
	err      error
}

func (b *batch) fits(size int) bool {
	return len(b.events) < maxEvents && b.bytes+size <= maxBytes
}

// add queues events of one conversation and returns the batches to wait for. Each ends by its
// deadline, which is no later than this one.
func (q *queue) add(ref contract.ConversationRef, events []conversation.Event, deadline time.Time) []*batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	l, running := q.lanes[ref]
	if !running {
		l = &lane{}
		q.lanes[ref] = l
	}
	var mine []*batch
	for _, e := range events {
		b := l.place(len(e.Body)+len(e.Metadata)+envelope, deadline)
		b.events = append(b.events, e)
		if len(mine) == 0 || mine[len(mine)-1] != b {
			mine = append(mine, b)
		}
	}
	if !running {
		go q.run(ref, l)
	}
	return mine
}

// place returns the batch that takes an event of the size.
func (l *lane) place(size int, deadline time.Time) *batch {
	if n := len(l.waiting); n > 0 && l.waiting[n-1].fits(size) {
		l.waiting[n-1].bytes += size
		return l.waiting[n-1]
	}
	b := &batch{bytes: size, deadline: deadline, done: make(chan struct{})}
	l.waiting = append(l.waiting, b)
	return b
}

// run signals until nothing waits.
func (q *queue) run(ref contract.ConversationRef, l *lane) {
	for {
		b := q.next(ref, l)
		if b == nil {
			return
		}
		b.err = q.signal(ref, b)
		close(b.done)
	}
}

func (q *queue) next(ref contract.ConversationRef, l *lane) *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(l.waiting) == 0 {
		delete(q.lanes, ref)
		return nil
	}
	l.under, l.waiting = l.waiting[0], l.waiting[1:]
	return l.under
}

func (q *queue) signal(ref contract.ConversationRef, b *batch) error {
	ctx, cancel := context.WithDeadline(context.Background(), b.deadline)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	err := q.signals.Deliver(ctx, ref, b.events)
	if err == nil {
		q.metrics.signals.Inc()
		q.metrics.events.Add(float64(len(b.events)))
	}
	return err
}
