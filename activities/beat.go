package activities

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// errStopping ends an attempt when its worker shuts down: the next attempt goes on at the
// cursor, on another worker.
var errStopping = fault.New(fault.Upstream, "the worker is shutting down; the next attempt goes on where this one stopped")

// beatsPerTimeout is how many heartbeats fit into a heartbeat timeout, so that losing one
// to a slow network does not cost the attempt.
const beatsPerTimeout = 4

// pulse reports a cursor while a step works: at every change and, so that a step
// which waits for a slow peer is not taken for dead, at a steady beat.
type pulse struct {
	ctx     context.Context
	mu      sync.Mutex
	cursor  contract.Cursor
	waiting int // requests that wait for a slot
}

// startPulse returns a pulse that begins at the cursor of the previous attempt, if there
// was one, and a context that ends with errStopping when the worker shuts down. Stop must
// be called.
func startPulse(ctx context.Context) (p *pulse, running context.Context, stop func()) {
	p = &pulse{ctx: ctx}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &p.cursor); err != nil {
			activity.GetLogger(ctx).Warn("cursor of the previous attempt is unreadable; starting over", "error", err)
			p.cursor = contract.Cursor{}
		}
		p.cursor.Waits = ""
	}
	running, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go p.run(running, activity.GetWorkerStopChannel(ctx), done, cancel)
	return p, running, func() {
		cancel(nil)
		<-done
	}
}

// beating does the work of a step under a pulse and gives its error the form that Temporal
// retries by.
func beating[In, Out any](ctx context.Context, in In, work func(context.Context, In, *pulse) (Out, error)) (Out, error) {
	pulse, running, stop := startPulse(ctx)
	defer stop()
	out, err := work(running, in, pulse)
	return out, toTemporal(interrupted(running, err))
}

func (p *pulse) run(running context.Context, stopping <-chan struct{}, done chan<- struct{}, cancel context.CancelCauseFunc) {
	defer close(done)
	timeout := activity.GetInfo(p.ctx).HeartbeatTimeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	tick := time.NewTicker(timeout / beatsPerTimeout)
	defer tick.Stop()
	for {
		select {
		case <-running.Done():
			return
		case <-stopping:
			p.move(func(*contract.Cursor) {})
			cancel(errStopping)
			return
		case <-tick.C:
			p.move(func(*contract.Cursor) {})
		}
	}
}

// move changes the cursor and reports it. Call it only for work that is durable already:
// the next attempt skips what the cursor covers.
func (p *pulse) move(change func(*contract.Cursor)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.cursor)
	activity.RecordHeartbeat(p.ctx, p.cursor)
}

// waits shows that requests wait for a slot, as long as any of them does.
func (p *pulse) waits(more int) {
	p.mu.Lock()
	p.waiting += more
	waiting := p.waiting
	p.mu.Unlock()
	p.move(func(c *contract.Cursor) {
		if c.Waits = ""; waiting > 0 {
			c.Waits = contract.WaitsForSlot
		}
	})
}

// at returns the cursor.
func (p *pulse) at() contract.Cursor {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cursor
}

// meter tells how much was read through it, now and then.
type meter struct {
	io.Reader
	untold int64
	tell   func(n int64)
}

// meterStep is how many bytes are read between two reports: some a second, not thousands.
const meterStep = 16 << 20

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if m.untold += int64(n); m.untold >= meterStep || err != nil {
		m.tell(m.untold)
		m.untold = 0
	}
	return n, err
}

// interrupted replaces a plain cancellation by its cause, so that a worker's shutdown is
// tried again and not taken for a cancelled run.
func interrupted(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStopping) {
		return errStopping
	}
	return err
}
