package liveperson

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"transporter/internal/conversation"
	"transporter/internal/lenient"
	"transporter/internal/webhook"
)

// numbered returns the record's messages and statuses as events under their numbers, dialog by
// dialog. The history tells the number of every message, but not that of a status: each takes one
// that no message has, in the order of time. Statuses between two messages are told only if they
// are as many as the numbers between them; those after the last message only if all before fit.
func (r record) numbered(id string) (all []conversation.Event) {
	dialogs := map[string]*told{}
	of := func(dialog lenient.Text) *told {
		name := cmp.Or(defined(dialog), id) // the main dialog has the conversation's id
		if dialogs[name] == nil {
			dialogs[name] = &told{dialog: name}
		}
		return dialogs[name]
	}
	for _, m := range r.Messages {
		if m.Seq.Or(-1) >= 0 {
			of(m.DialogID).message(m)
		}
	}
	for _, s := range r.Statuses {
		of(s.DialogID).status(s)
	}
	for _, name := range slices.Sorted(maps.Keys(dialogs)) {
		all = append(all, dialogs[name].events()...)
	}
	return all
}

// told is what the history tells of one dialog.
type told struct {
	dialog   string
	messages []conversation.Event
	statuses []conversation.Event // without numbers
}

func (t *told) message(m message) {
	e := conversation.Event{
		Kind: conversation.Content, Dialog: t.dialog, Sequence: int(m.Seq.Or(0)), From: defined(m.ParticipantID), Role: role(m.SentBy),
		Audience: defined(m.Audience), At: m.TimeL.Or(0), Via: conversation.ViaHistory, Body: m.event(),
	}
	if m.Type == typeRich {
		e.Kind = conversation.Rich
	}
	if json.Valid([]byte(m.Context.Metadata)) {
		e.Metadata, e.External = webhook.Metadata([]byte(m.Context.Metadata))
	}
	e.Key = conversation.NumberedKey(t.dialog, e.Sequence)
	t.messages = append(t.messages, e)
}

// status adds a status; those that came as one event differ in the message alone.
func (t *told) status(s messageStatus) {
	if s.Seq.Or(-1) < 0 || s.Status == "" {
		return
	}
	e := conversation.Event{
		Kind: conversation.Status, Dialog: t.dialog, From: defined(s.ParticipantID), Role: role(s.ParticipantType), At: s.TimeL.Or(0),
		Via: conversation.ViaHistory, Status: &conversation.StatusOf{Status: string(s.Status), Sequences: []int{int(s.Seq.Or(0))}},
	}
	for i := range t.statuses {
		other := &t.statuses[i]
		if other.At == e.At && other.From == e.From && other.Status.Status == e.Status.Status {
			other.Status.Sequences = append(other.Status.Sequences, e.Status.Sequences...)
			return
		}
	}
	t.statuses = append(t.statuses, e)
}

// events returns the dialog's events by number.
func (t *told) events() []conversation.Event {
	slices.SortFunc(t.messages, func(a, b conversation.Event) int { return cmp.Compare(a.Sequence, b.Sequence) })
	t.messages = slices.CompactFunc(t.messages, func(a, b conversation.Event) bool { return a.Sequence == b.Sequence })
	slices.SortStableFunc(t.statuses, func(a, b conversation.Event) int { return cmp.Compare(a.At, b.At) })
	var all []conversation.Event
	rest, free, fits := t.statuses, 0, true
	for _, m := range t.messages {
		n := slices.IndexFunc(rest, func(s conversation.Event) bool { return s.At >= m.At })
		if n < 0 {
			n = len(rest)
		}
		if n == m.Sequence-free {
			all = append(all, numberedFrom(free, rest[:n])...)
		} else {
			fits = false
		}
		all, rest, free = append(all, m), rest[n:], m.Sequence+1
	}
	if fits {
		all = append(all, numberedFrom(free, rest)...)
	}
	return all
}

// numberedFrom gives statuses the numbers from the first on.
func numberedFrom(first int, statuses []conversation.Event) []conversation.Event {
	for i := range statuses {
		s := &statuses[i]
		s.Sequence = first + i
		s.Key = conversation.NumberedKey(s.Dialog, s.Sequence)
		slices.Sort(s.Status.Sequences)
		s.Body = encode(map[string]any{"type": "AcceptStatusEvent", "status": s.Status.Status, "sequenceList": s.Status.Sequences})
	}
	return statuses
}

// role returns the role of who the history calls Consumer or Agent.
func role(sentBy lenient.Text) string {
	switch sentBy {
	case "Consumer", "consumer":
		return conversation.RoleConsumer
	case "Agent", "agent":
		return conversation.RoleAgent
	}
	return defined(sentBy)
}

// event returns the message in the form that webhooks have, with its data as it is where that form
// is not known.
func (m message) event() json.RawMessage {
	var d messageData
	lenient.Into(m.Data, &d)
	content := map[string]any{"type": "ContentEvent"}
	if replies := parsed(d.QuickReplies.Content); replies != nil {
		content["quickReplies"] = replies
	}
	switch {
	case m.Type == typeRich:
		content["type"], content["content"] = "RichContentEvent", parsed(d.RichContent.Content)
	case d.File != nil:
		content["contentType"], content["message"] = "hosted/file", d.File
	case d.Msg.Text != nil:
		content["contentType"], content["message"] = "text/plain", *d.Msg.Text
	default:
		content["contentType"], content["message"] = m.Type, m.Data
	}
	return encode(content)
}

// parsed returns the JSON in a text; nil if there is none.
func parsed(t lenient.Text) json.RawMessage {
	if defined(t) == "" || !json.Valid([]byte(t)) {
		return nil
	}
	return json.RawMessage(t)
}

func encode(v any) json.RawMessage {
	raw, _ := json.Marshal(v) // of strings, numbers and valid JSON
	return raw
}
