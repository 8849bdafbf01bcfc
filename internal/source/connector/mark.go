package connector

import (
	"cmp"

	"transporter/internal/conversation"
)

// place is a number of a dialog.
type place struct {
	dialog   string
	sequence int
}

// Sides, as indices.
const (
	ofConsumer = iota
	ofBrand
)

// mark notes what one side says of messages of the other.
func (t *transcript) mark(v *conversation.Event, at int64) {
	if v.Status == nil {
		return
	}
	side := t.sideOf(v.From, v.Role)
	for _, n := range v.Status.Sequences {
		both := t.marked[place{v.Dialog, n}]
		if both == nil {
			both = &[2]marks{}
			t.marked[place{v.Dialog, n}] = both
		}
		both[side].note(v.Status.Status, at)
	}
}

func (m *marks) note(status string, at int64) {
	to := map[string]*int64{"ACCEPT": &m.Accepted, "READ": &m.Read, "ACCESS": &m.Read, "NACK": &m.Refused}[status]
	if to != nil && (*to == 0 || at < *to) {
		*to = at
	}
}

func (t *transcript) sideOf(id, role string) int {
	if t.kindOf(id, role) == senderConsumer {
		return ofConsumer
	}
	return ofBrand
}

// kindOf says who somebody is, by the role that an event or the conversation's statements have.
func (t *transcript) kindOf(id, role string) string {
	if role == "" && id != "" && id == t.Participant {
		return senderConsumer
	}
	return cmp.Or(senderKinds[cmp.Or(role, t.roles[id])], senderUnknown)
}

func (t *transcript) finishMessage(m *message) {
	m.DialogType = t.types[m.Dialog]
	if m.Kind == "failed" {
		return
	}
	m.SenderKind = t.kindOf(m.Sender, m.Role)
	if m.Role == "" {
		m.Role = t.roles[m.Sender]
	}
	if m.Sequence == nil {
		return
	}
	if both := t.marked[place{m.Dialog, *m.Sequence}]; both != nil {
		other := ofConsumer
		if m.SenderKind == senderConsumer {
			other = ofBrand
		}
		m.marks = both[other]
	}
}
