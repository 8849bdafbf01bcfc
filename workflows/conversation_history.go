package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

const (
	// mostRounds bounds how often one question is continued: history tells 256 KiB at a time.
	mostRounds = 40
	// lookAfter is how long after the close the history is asked for what no webhook brought, and
	// lookAgain how soon again if it did not answer.
	lookAfter = 10 * time.Second
	lookAgain = 5 * time.Minute
)

// ask has the history asked, beside everything else.
func (c *talk) ask(q conversation.Question, why string) {
	c.asking = true
	workflow.GoNamed(c.side, "ask", func(ctx workflow.Context) {
		c.question(ctx, q, why)
		c.asking = false
		c.show(ctx)
	})
}

// question asks until everything was said, and takes the answer. What was not said is in deaf.
func (c *talk) question(ctx workflow.Context, q conversation.Question, why string) {
	in := contract.HistoryIn{ConversationRef: c.ConversationRef, Consumer: c.Consumer, After: q.After, Wanted: q.Wanted}
	for range mostRounds {
		out, err := exec[contract.HistoryOut](summarise(ctx, "%s", why), contract.ActivityConnectorHistory, in)
		if err != nil {
			if !temporal.IsCanceledError(err) {
				c.deaf = "the history does not answer: " + message(err)
			}
			c.Answered(q, nil, false, c.now(ctx))
			return
		}
		c.learn(out.Settings)
		after := further(in.After, out.Events)
		if !out.More || after == nil {
			if c.deaf = ""; out.More {
				c.deaf = cannotTell
			}
			c.Answered(q, out.Events, !out.More, c.now(ctx))
			c.Looked = c.Looked || q.Wanted == nil && c.Phase() == conversation.PhaseClosed
			return
		}
		for _, e := range out.Events {
			c.Apply(e, c.now(ctx))
		}
		in.After = after
	}
	c.deaf = cannotTell
	c.Answered(q, nil, false, c.now(ctx))
}

// cannotTell is what is wrong with a history that says over and over that there is more.
const cannotTell = "the history does not come to an end"

// further returns from where to ask on after the events, nil if they bring nothing new.
func further(before map[string]int, events []conversation.Event) map[string]int {
	after, moved := map[string]int{}, false
	for _, dialog := range workflow.DeterministicKeys(before) {
		after[dialog] = before[dialog]
	}
	for _, e := range events {
		last, known := after[e.Dialog]
		if e.Sequence >= 0 && (!known || e.Sequence > last) {
			after[e.Dialog], moved = e.Sequence, true
		}
	}
	if !moved {
		return nil
	}
	return after
}

// lookAt is when the history is to be asked for everything: once after the close, and whenever
// nothing was heard for long, which may mean that webhooks do not come. Zero: never.
func (c *talk) lookAt() time.Time {
	after, again := c.settings.Idle, c.settings.Idle
	if c.Phase() == conversation.PhaseClosed {
		after, again = lookAfter, lookAgain
	}
	switch at := c.quietSince().Add(after); {
	case c.Phase() == conversation.PhaseClosed && (c.Looked || c.inVain()): // end asks again
		return time.Time{}
	case c.looked.IsZero() || c.looked.Add(again).Before(at):
		return at
	}
	return c.looked.Add(again)
}

// quietSince is when something last happened in the conversation.
func (c *talk) quietSince() time.Time {
	if last := time.UnixMilli(c.Last); last.After(c.began) {
		return last
	}
	return c.began
}
