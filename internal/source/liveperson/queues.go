package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// QueuesNow is the resource of queues of messaging and of chats as they are now, one record for
// each skill.
const QueuesNow = answer.QueuesNow

// queueChannels are where the queues of a channel are read.
var queueChannels = []struct {
	name string
	from snapshot
}{
	{answer.Messaging, operationsNow[QueueHealthNow]},
	{answer.Chat, realtimeNow[ChatQueueState]},
}

var queuesOfBoth = resource{
	api: messagingOperationsAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		w, err := newLiveWindow(c, q, minuteMillis)
		return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
			return c.readQueues(ctx, &w, sl, sink)
		}}, err
	},
	probe: func(ctx context.Context, c *Client) error {
		var errs []error
		for _, channel := range queueChannels {
			errs = append(errs, channel.from.resource().probe(ctx, c))
		}
		return errors.Join(errs...)
	},
}

// readQueues reads the wanted channels one after another into one slice.
func (c *Client) readQueues(ctx context.Context, w *liveWindow, sl source.Slice, sink source.Sink) error {
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	if !st.begin(ctx) {
		return st.failure
	}
	at := w.clock()
	for _, channel := range queueChannels {
		if len(w.Channels) > 0 && !slices.Contains(w.Channels, channel.name) {
			continue
		}
		r, err := channel.from.ask(c, &w.filters, at, 0)
		if err != nil {
			return err
		}
		var members map[string]json.RawMessage
		err = s.call(ctx, r, func(body io.Reader) error {
			members = nil
			return json.NewDecoder(body).Decode(&members)
		})
		if err != nil {
			return err
		}
		err = answer.Queues(channel.name, members, at, func(one source.Record) error { return st.add(ctx, one) })
		if st.failure != nil {
			return st.failure
		}
		if err != nil {
			return bodyFault("queues of "+channel.name, err)
		}
	}
	return st.commit(ctx, s.calls, nil)
}
