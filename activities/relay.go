package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Relay posts entries of the journal to the app's callback, in order, each once the one before was
// taken. The next attempt goes on after the last that was; an entry may be posted again, never
// out of turn. A conversation that continues as new cancels it: then it says how far it got.
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
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, out.Next) {
		switch {
		case ctx.Err() != nil:
			return out, nil
		case err != nil:
			return out, toTemporal(err)
		case e.Position >= in.To:
			return out, nil
		}
		concerns, err := c.Callback.Post(ctx, in.Account, app, in.ConversationRef, e)
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
