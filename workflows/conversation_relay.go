package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/human"
)

// mostRelayed is how many entries one step relays: a retry goes on where the one before stopped,
// an execution that ends waits for no more than these.
const mostRelayed = 200

// relay tells the channel's side what the journal has, in order. While its callback is dead
// nothing else waits: the journal keeps what it has not got. After the step's budget, a day, it
// stops until something new happens or an operator says so, and goes on at the same place.
func (c *talk) relay(ctx workflow.Context) {
	due := func() bool { return !c.leaving && c.Stalled == "" && c.settings.Relays && c.Relayed < c.appended }
	for workflow.Await(ctx, due) == nil { // of a condition that holds it returns nil though ctx has ended: hence leaving
		to := min(c.appended, c.Relayed+mostRelayed)
		c.relaying = true
		in := contract.RelayIn{ConversationRef: c.ConversationRef, From: c.Relayed, To: to}
		out, err := exec[contract.RelayOut](summarise(ctx, "relay entries from %d to %d", in.From, to-1), contract.ActivityRelay, in)
		c.relaying = false
		switch {
		case err == nil:
			c.Relayed, c.Failing = max(c.Relayed, out.Next), nil
		case !temporal.IsCanceledError(err) && !c.leaving: // a step that fails while it is cancelled is not tried again: the next execution begins it anew
			c.Stalled = human.Clip(message(err), maxDetail)
		}
		c.show(ctx)
	}
}

// takeRelayFails notes that the relay that is under way does not get on. What it got on with since it last
// said so makes it a new failure. It is no news of the conversation: an end that is under way goes on.
func (c *talk) takeRelayFails(in contract.RelayFails) {
	if !c.relaying || in.Next < c.Relayed {
		return
	}
	if c.Failing != nil && in.Next == c.Relayed {
		in.Since = c.Failing.Since
	}
	c.Relayed, c.Failing = in.Next, &conversation.Failing{Since: in.Since, Error: human.Clip(in.Error, maxDetail)}
}

// unrelayed is how many entries wait for the callback.
func (c *talk) unrelayed() int64 {
	if !c.settings.Relays {
		return 0
	}
	return max(c.appended-c.Relayed, 0)
}
