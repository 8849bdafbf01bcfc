package connector

import (
	"encoding/json"

	"transporter/internal/conversation"
)

// maxBodies bounds the bodies of one conversation's messages that are held, and so what a record
// has: records of more than 64 MiB cannot be staged. Twenty thousand messages of a kilobyte are
// less than half of it. What does not fit is left out, and the record says so.
const maxBodies = 40 << 20

// holds reports whether a body of the size can be held beside those that are.
func (t *transcript) holds(size int64) bool { return t.bodies+size <= maxBodies }

func isMessage(v *conversation.Event) bool {
	return v.Kind == conversation.Content || v.Kind == conversation.Rich
}

func (t *transcript) addMessage(e conversation.Entry, at int64) {
	v := e.Event
	m := &message{
		Position: e.Position, Dialog: v.Dialog, Sent: at, Sender: v.From, Role: v.Role, Audience: v.Audience, Kind: string(v.Kind),
		Metadata: v.Metadata, External: v.External, Late: e.Late, Via: v.Via,
	}
	if v.Sequence != conversation.Unnumbered {
		m.Sequence = &v.Sequence
	}
	if v.Role != "" {
		t.role(conversation.Participant{ID: v.From, Role: v.Role})
	}
	t.addBody(m, v)
	t.Messages = append(t.Messages, m)
}

// addBody reads the platform's event. Its members are left to the columns where they say all.
func (t *transcript) addBody(m *message, v *conversation.Event) {
	size := int64(len(v.Body) + len(v.Metadata))
	if !t.holds(size) || v.Blob != nil && len(v.Body) == 0 {
		t.LeftOut, m.Metadata = true, nil
		return
	}
	t.bodies += size
	var members map[string]json.RawMessage
	if json.Unmarshal(v.Body, &members) != nil {
		if m.Event = v.Body; len(v.Body) > 0 && !json.Valid(v.Body) {
			m.Event, _ = json.Marshal(string(v.Body)) // a text always marshals
		}
		return
	}
	plain := v.Kind == conversation.Content
	for name, raw := range members {
		var text string
		isText := json.Unmarshal(raw, &text) == nil && string(raw) != "null"
		switch {
		case name == "contentType" && isText:
			m.ContentType = text
		case name == "message" && isText:
			m.Text = &text
		case name != "type":
			plain = false
		}
	}
	if !plain {
		m.Event = v.Body
	}
}
