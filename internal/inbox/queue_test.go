package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

// gate holds calls until it is opened.
type gate struct {
	entered chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100_000), make(chan struct{})} }

func (g *gate) before(ctx context.Context) error {
	g.entered <- struct{}{}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inFlight waits until so many deliveries are being taken.
func (b *bench) inFlight(t *testing.T, want float64) {
	t.Helper()
	require.Eventually(t, func() bool { return b.metric(t, "dt_webhook_in_flight") == want }, 2*time.Minute, time.Millisecond)
}

func (b *bench) metric(t *testing.T, name string) (sum float64) {
	families, err := b.counted.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// What arrives while a signal is under way goes out as one, in the order of arrival, and every
// sender is answered when its own events are durable.
func TestWhatQueuesGoesOutTogether(t *testing.T) {
	const waiting = 150
	g := newGate()
	b := newBench(t, g.before)
	b.in.Wait(time.Minute)
	var wg sync.WaitGroup
	statuses := make([]int, waiting+1)
	send := func(i int) {
		wg.Go(func() {
			a, err := b.try(t.Context(), genuine(text("c-1", i, "hello")))
			if err != nil {
				t.Error(err)
			}
			statuses[i] = a.status
		})
	}
	send(0)
	<-g.entered
	for i := 1; i <= waiting; i++ {
		send(i)
		require.Eventually(t, func() bool { return b.in.Queued() == i+1 }, 2*time.Minute, 100*time.Microsecond) // one after the other
	}
	require.Empty(t, b.signals.events(), "nobody is answered yet")
	close(g.open)
	wg.Wait()
	for i, status := range statuses {
		require.Equal(t, http.StatusOK, status, i)
	}
	require.Len(t, b.signals.calls, 2)
	seen := map[string]int{}
	for _, e := range b.signals.events() {
		seen[e.Key]++
	}
	require.Len(t, seen, waiting+1)
	require.Equal(t, 2.0, b.metric(t, "dt_webhook_signals_total"))
	require.Equal(t, float64(waiting+1), b.metric(t, "dt_webhook_events_total"))
}

// One sender after the other: the order of the events is that of the deliveries.
func TestOrderOfArrival(t *testing.T) {
	g := newGate()
	b := newBench(t, g.before)
	b.in.Wait(time.Minute)
	handler := b.server.Config.Handler
	var wg sync.WaitGroup
	var queued atomic.Int32
	for i := range 100 {
		changes := make([]string, 5)
		for j := range changes {
			changes[j] = string(change("c-1", 5*i+j, "hello"))
		}
		d := genuine([]byte(`{"type":"ms.MessagingEventNotification","body":{"changes":[` + strings.Join(changes, ",") + `]}}`))
		wg.Go(func() {
			req := httptest.NewRequest(http.MethodPost, d.path, strings.NewReader(string(d.body)))
			req.Header.Set("X-Liveperson-Account-Id", d.account)
			req.Header.Set("X-Liveperson-Client-Id", d.client)
			req.Header.Set("X-Liveperson-Signature", d.signature)
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, req)
			if rec.Code != http.StatusOK {
				t.Errorf("%d: %d", i, rec.Code)
			}
			queued.Add(1)
		})
		require.Eventually(t, func() bool { return b.in.Queued() == 5*(i+1) }, 2*time.Minute, 100*time.Microsecond)
	}
	close(g.open)
	wg.Wait()
	events := b.signals.events()
	require.Len(t, events, 500)
	for i, e := range events {
		require.Equal(t, fmt.Sprintf("c-1/%d", i), e.Key)
	}
	for _, call := range b.signals.calls {
		require.LessOrEqual(t, len(call), 200, "a signal is bounded")
	}
}

// Bodies of 60 KiB stay in the signal, and a signal stays below a MiB.
func TestSignalsAreBoundedInBytes(t *testing.T) {
	g := newGate()
	b := newBench(t, g.before)
	b.in.Wait(time.Minute)
	var wg sync.WaitGroup
	for i := range 41 {
		wg.Go(func() {
			a, err := b.try(t.Context(), genuine(text("c-1", i, strings.Repeat("x", 60<<10))))
			if err != nil || a.status != http.StatusOK {
				t.Errorf("%d: %d %v", i, a.status, err)
			}
		})
	}
	b.inFlight(t, 41)
	require.Eventually(t, func() bool { return b.in.Queued() == 41 }, 2*time.Minute, time.Millisecond)
	close(g.open)
	wg.Wait()
	require.Len(t, b.signals.events(), 41)
	for _, call := range b.signals.calls {
		sum := 0
		for _, e := range call {
			sum += len(e.Body)
		}
		require.LessOrEqual(t, sum, 1<<20)
	}
}

// What is not durable is not acknowledged, and said before the sender gives up.
func TestFailureIsGivenBackInTime(t *testing.T) {
	for name, before := range map[string]func(context.Context) error{
		"refused": func(context.Context) error { return errors.New("no such namespace") },
		"silent":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { givesBackInTime(t, before) })
		})
	}
}

func givesBackInTime(t *testing.T, before func(context.Context) error) {
	b := newInbox(t, before)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			began := time.Now()
			if status := b.hand(t.Context(), genuine(text("c-1", i, "hello"))); status != http.StatusServiceUnavailable {
				t.Errorf("%d: %d", i, status)
			}
			if took := time.Since(began); took > 2500*time.Millisecond {
				t.Errorf("answered after %s", took)
			}
		})
	}
	wg.Wait()
	require.Empty(t, b.signals.events())
	b.signals.before = nil
	require.Equal(t, http.StatusOK, b.hand(t.Context(), genuine(text("c-1", 0, "hello"))))
	require.Equal(t, []string{"c-1/0"}, []string{b.signals.events()[0].Key})
}

// More than there is room for is given back at once. Whoever sends slowly holds room no longer
// than a delivery may take.
func TestRoomIsBounded(t *testing.T) {
	b := newBench(t, nil)
	var wg sync.WaitGroup
	slow, stop := io.Pipe()
	for range 64 { // of a MiB each
		wg.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.URL+pathOf(accountA, appA), slow)
			if err != nil {
				t.Error(err)
				return
			}
			req.ContentLength = 1 << 20
			res, err := b.server.Client().Do(req)
			if err == nil {
				if res.StatusCode != http.StatusServiceUnavailable {
					t.Error(res.StatusCode)
				}
				res.Body.Close()
			}
		})
	}
	b.inFlight(t, 64)
	require.Equal(t, http.StatusServiceUnavailable, b.post(t, genuine(text("c-1", 0, "hello"))).status)
	b.inFlight(t, 0)
	require.NoError(t, stop.Close())
	wg.Wait()
	require.Equal(t, http.StatusOK, b.post(t, genuine(text("c-1", 0, "hello"))).status)
	require.Len(t, b.signals.events(), 1)
}

// A process that is asked to stop answers what it has taken.
func TestStopAnswersWhatWasTaken(t *testing.T) {
	g := newGate()
	b := newBench(t, g.before)
	b.in.Wait(time.Minute)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			a, err := b.try(t.Context(), genuine(text(fmt.Sprintf("c-%d", i%3), i, "hello")))
			if err != nil || a.status != http.StatusOK {
				t.Errorf("%d: %d %v", i, a.status, err)
			}
		})
	}
	require.Eventually(t, func() bool { return b.in.Queued() == 20 }, 2*time.Minute, time.Millisecond)
	stopped := make(chan error, 1)
	go func() { stopped <- b.server.Config.Shutdown(context.Background()) }()
	close(g.open)
	wg.Wait()
	require.NoError(t, <-stopped)
	require.Len(t, b.signals.events(), 20)
}

// A conversation that is slow holds up no other.
func TestConversationsDoNotWaitForEachOther(t *testing.T) {
	g := newGate()
	var first atomic.Bool
	b := newBench(t, func(ctx context.Context) error {
		if first.CompareAndSwap(false, true) {
			return g.before(ctx)
		}
		return nil
	})
	b.in.Wait(time.Minute)
	slow := make(chan answer, 1)
	go func() { a, _ := b.try(t.Context(), genuine(text("slow", 0, "hello"))); slow <- a }()
	<-g.entered
	require.Equal(t, http.StatusOK, b.post(t, genuine(text("quick", 0, "hello"))).status)
	require.Equal(t, []conversation.Event{b.signals.events()[0]}, b.signals.events())
	close(g.open)
	require.Equal(t, http.StatusOK, (<-slow).status)
}
