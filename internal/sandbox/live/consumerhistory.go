package live

import "encoding/json"

// MessageEvent is one event as the consumer's own history has it. Content of rich messages is a
// JSON text there.
type MessageEvent struct {
	Sequence        *int            `json:"sequence,omitempty"` // of messages only
	OriginatorID    string          `json:"originatorId"`
	ServerTimestamp int64           `json:"serverTimestamp"`
	Event           json.RawMessage `json:"event"`
}

// ConsumerHistory lists the messages of the consumer's conversation that are for its eyes, and
// then who accepted and read which.
func (e *Engine) ConsumerHistory(by Caller, id string) ([]MessageEvent, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, err := e.ofConsumer(by, id)
	if err != nil {
		return nil, err
	}
	messages, statuses := []MessageEvent{}, []MessageEvent{}
	for i := range c.events {
		one := &c.events[i]
		if one.Audience == audiencePrivate {
			continue
		}
		m := MessageEvent{Sequence: one.Sequence, OriginatorID: one.Originator.ID, ServerTimestamp: one.At, Event: one.Event}
		switch one.parsed.Type {
		case eventAccept:
			m.Sequence = nil
			statuses = append(statuses, m)
		case eventRich:
			m.Event = withContentText(one.Event)
			messages = append(messages, m)
		case eventContent:
			messages = append(messages, m)
		}
	}
	return append(messages, statuses...), nil
}

// withContentText turns an event's content into a text.
func withContentText(event json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(event, &members) != nil {
		return event // was read before
	}
	members["content"] = encode(string(members["content"]))
	return encode(members)
}
