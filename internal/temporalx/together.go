package temporalx

import (
	"context"
	"sync"
	"time"
)

// sharedPatience bounds a question that several wait for: it belongs to none of them, so
// none can cancel it.
const sharedPatience = 30 * time.Second

// together has callers that ask the same share an answer: those who come while a question is
// under way wait for the next one, which is asked after they came. So an answer is never
// older than its question, and however many ask, one question is open at a time.
type together[V any] struct {
	ask func(ctx context.Context, key string) (V, error)

	mu    sync.Mutex
	turns map[string]*turns[V]
}

// turns are the question under way and, once somebody waits for it, the next.
type turns[V any] struct{ now, next *shared[V] }

// shared is one question; its answer is there when done is closed.
type shared[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// get returns an answer to a question that was asked after the call began.
func (t *together[V]) get(ctx context.Context, key string) (V, error) {
	q := t.join(ctx, key)
	select {
	case <-q.done:
		return q.value, q.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// join returns the question that the caller waits for: a new one, or the next.
func (t *together[V]) join(ctx context.Context, key string) *shared[V] {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.turns == nil {
		t.turns = map[string]*turns[V]{}
	}
	q := &shared[V]{done: make(chan struct{})}
	switch open := t.turns[key]; {
	case open == nil:
		t.turns[key] = &turns[V]{now: q}
		go t.run(context.WithoutCancel(ctx), key, q)
	case open.next == nil:
		open.next = q
	default:
		q = open.next
	}
	return q
}

// run asks one question after the other until nobody waits.
func (t *together[V]) run(ctx context.Context, key string, q *shared[V]) {
	for q != nil {
		patient, cancel := context.WithTimeout(ctx, sharedPatience)
		q.value, q.err = t.ask(patient, key)
		cancel()
		close(q.done)
		q = t.turn(key)
	}
}

// turn makes the next question that under way; nil when there is none.
func (t *together[V]) turn(key string) *shared[V] {
	t.mu.Lock()
	defer t.mu.Unlock()
	open := t.turns[key]
	if open.now, open.next = open.next, nil; open.now == nil {
		delete(t.turns, key)
	}
	return open.now
}
