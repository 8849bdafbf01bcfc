package activities

import (
	"context"
	"encoding/json"

	"go.temporal.io/sdk/activity"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// maxHistory bounds an answer, so that a conversation of any length is told through Temporal piece
// by piece.
const maxHistory = 256 << 10

// History asks the platform for what it knows of a conversation and returns what is of interest, by
// dialog and number, as much as fits, and what the app says now. What it does not know yet is no error: it knows nothing. It
// reads only, but for bodies that are too large, which it keeps.
func (c *Connector) History(ctx context.Context, in contract.HistoryIn) (contract.HistoryOut, error) {
	out, err := c.history(ctx, in)
	return out, toTemporal(paced(err, activity.GetInfo(ctx).Attempt))
}

func (c *Connector) history(ctx context.Context, in contract.HistoryIn) (out contract.HistoryOut, err error) {
	app, source, err := c.app(ctx, in.Account, in.App)
	if err != nil {
		return out, err
	}
	p, err := c.Platforms.Connector(ctx, in.Account, app, source)
	if err != nil {
		return out, err
	}
	settings := settingsOf(app)
	out.Settings = &settings
	events, err := p.History(ctx, connector.Consumer{ID: in.Consumer}, in.Conversation)
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	size := 0
	for _, e := range events {
		if after, known := in.After[e.Dialog]; known && e.Kind.Numbered() && e.Sequence <= after {
			continue
		}
		e.Seen = c.Now().UnixMilli()
		if err := c.inline(ctx, in.ConversationRef, &e); err != nil {
			return contract.HistoryOut{}, err
		}
		raw, err := json.Marshal(e)
		if err != nil {
			return contract.HistoryOut{}, err
		}
		if size += len(raw); size > maxHistory && len(out.Events) > 0 {
			out.More = true
			return out, nil
		}
		out.Events = append(out.Events, e)
	}
	return out, nil
}

// inline moves a body that is too large for a signal into the store.
func (c *Connector) inline(ctx context.Context, ref contract.ConversationRef, e *conversation.Event) error {
	if len(e.Body) <= conversation.MaxInline {
		return nil
	}
	blob, err := c.Bodies.PutBody(ctx, ref, e.Body)
	if err != nil {
		return err
	}
	e.Body, e.Blob = nil, &blob
	return nil
}
