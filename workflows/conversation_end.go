package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/human"
)

const (
	// mostEvents ends an execution long before the server suggests it: a worker holds something of each
	// event of a conversation, and reads them all again when another one had it before.
	mostEvents = 1_000
	// mostSignals ends an execution before the server does: it takes 10,000 signals of one.
	mostSignals = 5_000
	// shortestLinger is how long a conversation waits for more after its close, at least: settings of
	// executions that began long ago may say less.
	shortestLinger = time.Minute
	// lookFor is how long the history is asked a last time if it does not answer. Then the
	// conversation ends as one of which nobody knows whether all was told.
	lookFor = 24 * time.Hour
)

// full reports that the history is long enough for a new execution.
func (c *talk) full(ctx workflow.Context) bool {
	return c.signals >= mostSignals || workflow.GetInfo(ctx).GetCurrentHistoryLength() >= mostEvents || continueSuggested(ctx)
}

// renew ends the execution and begins the next. Updates are finished and steps ended or cancelled
// first; then every signal that has come is taken into the state, and nothing yields between that
// and the return.
func (c *talk) renew(ctx workflow.Context) error {
	c.leaving = true
	c.stop()
	for {
		c.sealing = false
		idle := func() bool { return !c.relaying && !c.asking && !c.reading && workflow.AllHandlersFinished(ctx) }
		if err := workflow.Await(ctx, idle); err != nil {
			return err
		}
		c.sealing = true
		if err := workflow.Await(ctx, func() bool { return !c.writing && (c.Light() || !idle()) }); err != nil {
			return err
		}
		c.drain(ctx)
		if idle() && c.Light() {
			in := contract.ConversationIn{Account: c.Account, App: c.App, Conversation: c.Conversation, State: c.State, Settings: &c.settings}
			options := workflow.ContinueAsNewErrorOptions{InitialVersioningBehavior: workflow.ContinueAsNewVersioningBehaviorAutoUpgrade}
			return workflow.NewContinueAsNewErrorWithOptions(ctx, options, contract.WorkflowConversation, in)
		}
	}
}

// finish takes and writes what comes until nothing more does, and saves what no journal has: requests in
// doubt, events that wait for others. Nothing yields between the last look at the signals and the end.
func (c *talk) finish(ctx workflow.Context) error {
	written := func() bool { return len(c.Outbox) == 0 && !c.writing && workflow.AllHandlersFinished(ctx) }
	for saved := -1; ; {
		c.drain(ctx)
		switch {
		case !written():
			if err := workflow.Await(ctx, written); err != nil {
				return err
			}
		case saved != c.signals:
			saved = c.signals
			c.save(ctx, false)
		default:
			return nil
		}
	}
}

// overAt is when the conversation ends if nothing comes until then: after its close the platform
// may repeat deliveries for as long as the app says. Events that wait are read first.
func (c *talk) overAt() time.Time {
	linger := abandonAfter
	if c.Phase() == conversation.PhaseClosed {
		linger = max(c.settings.Retry, shortestLinger)
	}
	at := c.quietSince().Add(linger)
	switch {
	case c.inVain() && c.Unverified != "":
		at = milli(c.Unanswered)
	case c.inVain():
		at = c.looked.Add(lookAgain)
	}
	if passed := milli(c.GiveUpAt()); passed.After(at) {
		return passed.Add(time.Millisecond)
	}
	return at
}

func (c *talk) over(ctx workflow.Context) bool { return !c.overAt().After(workflow.Now(ctx)) }

// end looks a last time whether everything was told, has it written and relayed, and saves the
// state. It reports false if something came meanwhile.
func (c *talk) end(ctx workflow.Context) (bool, error) {
	if err := workflow.Await(ctx, func() bool { return !c.asking }); err != nil {
		return false, err
	}
	c.asking, c.looked = true, workflow.Now(ctx)
	c.question(ctx, c.Rest(), "look a last time whether something was not told")
	c.asking = false
	if !c.lookedWell(ctx) || !c.over(ctx) {
		return false, ctx.Err()
	}
	taken := c.signals
	still := func() bool { return c.signals == taken && !c.full(ctx) }
	finished := func() bool { return c.settled() && workflow.AllHandlersFinished(ctx) }
	if err := workflow.Await(ctx, func() bool { return finished() || !still() }); err != nil || !still() {
		return false, err
	}
	if c.Phase() != conversation.PhaseClosed {
		c.Abandoned = c.now(ctx)
	}
	c.show(ctx)
	saved := c.save(ctx, true)
	c.drain(ctx)
	return saved && still() && finished(), ctx.Err()
}

// inVain reports that the last look was not answered, and nothing has happened since.
func (c *talk) inVain() bool { return c.Unanswered > c.Last }

// lookedWell reports whether the last look was answered, or was tried for long enough. Executions
// from before it mattered end without.
func (c *talk) lookedWell(ctx workflow.Context) bool {
	if c.deaf == "" {
		c.Unanswered, c.Unverified = 0, ""
		return true
	}
	if workflow.GetVersion(ctx, "last-look", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return true
	}
	if !c.inVain() {
		c.Unanswered, c.Unverified = c.now(ctx), ""
	}
	c.show(ctx)
	if c.now(ctx) < c.Unanswered+lookFor.Milliseconds() {
		return false
	}
	c.Unverified = human.Clip(c.deaf, maxDetail)
	return true
}

// settled reports that nothing is left to do but to wait: everything is written, and relayed as
// far as the callback lives.
func (c *talk) settled() bool {
	relayed := c.Relayed >= c.appended || c.Stalled != "" || !c.settings.Relays
	return len(c.Outbox) == 0 && !c.writing && !c.relaying && !c.reading && relayed
}
