package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// tellAgain is for how long the workflow is told no other failure: a text may be a new one with each attempt,
// and each that is told is four events of a history.
const tellAgain = time.Hour

// Relay posts entries of the journal to the app's callback, in order, each once the one before was
// taken; chat states that are stale by now are left out. The next attempt goes on after the last that
// was; an entry may be posted again, never out of turn. A conversation that continues as new cancels it: then it says how far it got.
func (c *Conversations) Relay(ctx context.Context, in contract.RelayIn) (contract.RelayOut, error) {
	at := relayed{RelayOut: contract.RelayOut{Next: in.From}}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &at); err != nil {
			at = relayed{RelayOut: contract.RelayOut{Next: in.From}}
		}
	}
	err := c.relay(ctx, in, &at)
	if err != nil {
		c.fails(ctx, in.ConversationRef, &at, err)
	}
	return at.RelayOut, toTemporal(err)
}

// relayed is how far the attempts got; a heartbeat carries it to the next.
type relayed struct {
	contract.RelayOut
	Since  int64  `json:"since,omitempty"`  // when what is next first failed, epoch milliseconds; 0: it has not
	Told   string `json:"told,omitempty"`   // its failure that the workflow knows of
	ToldAt int64  `json:"toldAt,omitempty"` // when the workflow was last told one, be it of an entry before; 0: never
}

func (c *Conversations) relay(ctx context.Context, in contract.RelayIn, at *relayed) error {
	app, err := c.app(ctx, in.ConversationRef)
	if err != nil {
		return err
	}
	if app.Callback == nil { // it was removed: there is nobody to tell
		at.RelayOut = contract.RelayOut{Next: in.To}
		return nil
	}
	var stale map[int64]bool // known once a chat state is met
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, at.Next) {
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case e.Position >= in.To:
			return nil
		}
		if types(e) && stale == nil {
			if stale, err = c.staleFrom(ctx, in, e.Position); err != nil {
				return err
			}
		}
		concerns := false
		if !stale[e.Position] {
			concerns, err = c.Callback.Post(ctx, in.Account, app, in.ConversationRef, e)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case concerns:
			at.Sent++
		}
		at.Next, at.Since, at.Told = e.Position+1, 0, ""
		activity.RecordHeartbeat(ctx, *at)
	}
	if at.Next < in.To {
		return fault.New(fault.Upstream, "the journal ends at %d, before %d", at.Next, in.To)
	}
	return nil
}

// fails tells the workflow why the relay does not get on, once the second attempt fails as well: a step that
// is tried again for a day says nothing to it until then. It hears of one in an hour at most.
func (c *Conversations) fails(ctx context.Context, ref contract.ConversationRef, at *relayed, err error) {
	now := c.Now().UnixMilli()
	if at.Since == 0 {
		at.Since = now
	}
	due := activity.GetInfo(ctx).Attempt > 1 && (at.ToldAt == 0 || now-at.ToldAt >= tellAgain.Milliseconds())
	if text := clip(err.Error()); due && text != at.Told {
		if err := c.Trouble.RelayFails(ctx, ref, contract.RelayFails{Since: at.Since, Next: at.Next, Error: text}); err != nil {
			activity.GetLogger(ctx).Warn("nobody is shown that the callback fails", "error", err) // the next attempt says it
		} else {
			at.Told, at.ToldAt = text, now
		}
	}
	activity.RecordHeartbeat(ctx, *at)
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
