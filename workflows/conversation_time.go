package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
)

const (
	// abandonAfter is how long nothing happens in a conversation that is given up.
	abandonAfter = 30 * 24 * time.Hour
	// firstWithin is how soon the first message must follow the opening of a conversation with
	// automatic messages (Connector API, "Auto messages").
	firstWithin = 10 * time.Second
	// featureAuto is the feature that asks for them.
	featureAuto = "AUTO_MESSAGES"
)

// alarm is the one timer of an execution. It is set anew only to ring earlier; one that rings too
// early costs less history than one that follows every event.
type alarm struct {
	at     time.Time
	timer  workflow.Future
	cancel func()
}

func (a *alarm) set(ctx workflow.Context, at time.Time) {
	if a.timer != nil && !a.rings() {
		if !at.Before(a.at) {
			return
		}
		a.cancel()
	}
	timed, cancel := workflow.WithCancel(ctx)
	wait := max(at.Sub(workflow.Now(ctx)), time.Millisecond)
	a.at, a.cancel = at, cancel
	a.timer = workflow.NewTimerWithOptions(timed, wait, workflow.TimerOptions{Summary: "until something is due"})
}

func (a *alarm) rings() bool { return a.timer.IsReady() }

// sleep waits until something is due, or the execution is long enough.
func (c *talk) sleep(ctx workflow.Context) error {
	if ctx.Err() != nil { // a timer of a context that has ended rings at once
		return ctx.Err()
	}
	c.alarm.set(ctx, c.due())
	return workflow.Await(ctx, func() bool {
		return c.alarm.rings() || c.due().Before(c.alarm.at) || c.full(ctx)
	})
}

// due is when something is to be done next.
func (c *talk) due() time.Time {
	at := c.overAt()
	for _, other := range []time.Time{milli(c.GiveUpAt()), c.firstAt()} {
		at = earlier(at, other)
	}
	if !c.asking {
		at = earlier(earlier(at, milli(c.AskAt())), c.lookAt())
	}
	return at
}

// act does what is due, but for ending.
func (c *talk) act(ctx workflow.Context) {
	now := workflow.Now(ctx)
	come := func(at time.Time) bool { return !at.IsZero() && !at.After(now) }
	if come(milli(c.GiveUpAt())) {
		c.GiveUp(now.UnixMilli())
	}
	if come(c.firstAt()) {
		c.Silent = true
	}
	if !c.asking && come(milli(c.AskAt())) {
		c.ask(c.Missing(), "ask for what is missing")
	}
	if !c.asking && come(c.lookAt()) {
		c.looked = now
		c.ask(c.Rest(), "look whether something was not told")
	}
	c.show(ctx)
}

// firstAt is when the first message must have been sent; zero if that is no question.
func (c *talk) firstAt() time.Time {
	if c.Opened == 0 || c.Silent || !slices.Contains(c.Features, featureAuto) || c.SpokenAt() > 0 {
		return time.Time{}
	}
	return time.UnixMilli(c.Opened).Add(firstWithin)
}

// listen takes the alarm back when the first message was in time, and only word of it late.
func (c *talk) listen() {
	if at := c.SpokenAt(); c.Silent && at > 0 && at <= c.Opened+firstWithin.Milliseconds() {
		c.Silent = false
	}
}

// milli returns the time of epoch milliseconds; zero stands for none.
func milli(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at)
}

// earlier returns the earlier of a time and another, which may be none.
func earlier(at, other time.Time) time.Time {
	if other.IsZero() || at.Before(other) {
		return at
	}
	return other
}
