package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"transporter/internal/source"
)

// QueuesNow is the resource of queues of messaging and of chats as they are now, one record for
// each skill.
const QueuesNow = "queues_now"

// The channels that have queues.
const (
	channelMessaging = "messaging"
	channelChat      = "chat"
)

// queueChannels are where the queues of a channel are read.
var queueChannels = []struct {
	name   string
	from   snapshot
	skills string // the member with an object for each skill
}{
	{channelMessaging, operationsNow[QueueHealthNow], "skillsMetrics"},
	{channelChat, realtimeNow[ChatQueueState], "skills"},
}

// queue is one record.
type queue struct {
	RequestedAt string          `json:"requested_at"`
	Channel     string          `json:"channel"`
	SkillID     string          `json:"skillId"`
	Metrics     json.RawMessage `json:"metrics"`
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
		var answer map[string]json.RawMessage
		err = s.call(ctx, r, func(body io.Reader) error {
			answer = nil
			return json.NewDecoder(body).Decode(&answer)
		})
		if err == nil {
			err = stageQueues(ctx, &st, channel.name, answer[channel.skills], at)
		}
		if err != nil {
			return err
		}
	}
	return st.commit(ctx, s.calls, nil)
}

func stageQueues(ctx context.Context, st *staged, channel string, skills json.RawMessage, at int64) error {
	var bySkill map[string]json.RawMessage
	if err := json.Unmarshal(skills, &bySkill); err != nil {
		return bodyFault("queues of "+channel, err)
	}
	for skill, metrics := range bySkill {
		raw, err := json.Marshal(queue{stamped(at), channel, skill, metrics})
		if err == nil {
			err = st.add(ctx, source.Record{ID: channel + ":" + skill, Raw: raw, FetchedAt: at})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
