package liveperson

import (
	"context"
	"encoding/json"

	"transporter/internal/source"
)

// Interactions is the resource of messaging conversations.
const Interactions = "messaging_interactions"

// interactions are read by searches over slices of start times.
var interactions = resource{
	api: interactionsAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		s, err := newConversationSearch(q, c.now())
		return c.reading(s), err
	},
	probe: func(ctx context.Context, c *Client) error {
		byStart := map[string]json.RawMessage{"time_basis": json.RawMessage(`"` + basisStart + `"`)}
		return c.probeHistory(ctx, Interactions, byStart, newConversationSearch)
	},
}
