package live

import "encoding/json"

// speech is what an agent or a bot says.
type speech struct {
	text     string
	replies  *quickReplies
	metadata []any
}

type textEvent struct {
	Type         string        `json:"type"`
	Message      string        `json:"message"`
	ContentType  string        `json:"contentType"`
	QuickReplies *quickReplies `json:"quickReplies,omitempty"`
}

// speak publishes a text.
func (e *Engine) speak(c *conversation, d *dialog, from Participant, s speech) {
	e.send(c, d, from, textEvent{Type: eventContent, Message: s.text, ContentType: contentText, QuickReplies: s.replies}, s.metadata, audienceAll)
}

// send publishes an event of the cloud's own side, which is right.
func (e *Engine) send(c *conversation, d *dialog, from Participant, event any, metadata []any, audience string) {
	raw := encode(event)
	ev, err := readEvent(raw)
	if err != nil {
		panic(err) // it was made here
	}
	var meta json.RawMessage
	if len(metadata) > 0 {
		meta = encode(metadata)
	}
	e.publish(c, d, from, Publication{Event: raw, Metadata: meta, audience: audience}, &ev, nil)
}
