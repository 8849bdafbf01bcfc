package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// Relay posts entries of the journal to the app's callback, in order, each once the one before was
// taken; chat states that are stale by now are left out. The next attempt goes on after the last that
// was; an entry may be posted again, never out of turn. A conversation that continues as new cancels it: then it says how far it got.
func (c *Conversations) Relay(ctx context.Context, in contract.RelayIn) (contract.RelayOut, error) {
	out := contract.RelayOut{Next: in.From}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &out); err != nil {
			out = contract.RelayOut{Next: in.From}
		}
	}
	app, err := c.app(ctx, in.ConversationRef)
	if err != nil {
		return out, toTemporal(err)
	}
	if app.Callback == nil { // it was removed: there is nobody to tell
		return contract.RelayOut{Next: in.To}, nil
	}
	var stale map[int64]bool // known once a chat state is met
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, out.Next) {
		switch {
		case ctx.Err() != nil:
			return out, nil
		case err != nil:
			return out, toTemporal(err)
		case e.Position >= in.To:
			return out, nil
		}
		if types(e) && stale == nil {
			if stale, err = c.staleFrom(ctx, in, e.Position); err != nil {
				return out, toTemporal(err)
			}
		}
		concerns := false
		if !stale[e.Position] {
			concerns, err = c.Callback.Post(ctx, in.Account, app, in.ConversationRef, e)
		}
		switch {
		case ctx.Err() != nil:
			return out, nil
		case err != nil:
			return out, toTemporal(err)
		case concerns:
			out.Sent++
		}
		out.Next = e.Position + 1
		activity.RecordHeartbeat(ctx, out)
	}
	if out.Next < in.To {
		return out, toTemporal(fault.New(fault.Upstream, "the journal ends at %d, before %d", out.Next, in.To))
	}
	return out, nil
}

func types(e conversation.Entry) bool { return e.Event != nil && e.Event.Kind == conversation.Typing }

// staleFrom returns which chat states, from a position on, are stale.
func (c *Conversations) staleFrom(ctx context.Context, in contract.RelayIn, from int64) (map[int64]bool, error) {
	var states []conversation.Entry
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, from) {
		if err != nil {
			return nil, err
		}
		if e.Position >= in.To {
			break
		}
		if types(e) {
			states = append(states, e)
		}
	}
	return conversation.StaleTyping(states, c.Now()), nil
}
