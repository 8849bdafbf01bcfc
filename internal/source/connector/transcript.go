package connector

import (
	"cmp"
	"slices"

	"transporter/internal/conversation"
)

// dialogMain is the type of the dialog that agents answer in, which has its conversation's id.
const dialogMain = "MAIN"

// transcript is a conversation on its way from its journal into a record.
type transcript struct {
	record
	closing conversation.Closing
	latest  conversation.Snapshot
	first   int64             // when the first event was
	bodies  int64             // bytes that are held
	roles   map[string]string // of participants
	types   map[string]string // of dialogs
	marked  map[place]*[2]marks
}

func newTranscript(c conversation.Closing) *transcript {
	return &transcript{
		closing: c, roles: map[string]string{}, types: map[string]string{c.Conversation: dialogMain}, marked: map[place]*[2]marks{},
		record: record{
			ID: c.Conversation, Account: c.Account, App: c.App, Consumer: c.Consumer, Participant: c.Participant, Noted: c.At,
			Features: c.Features, OpenedByUs: c.Opened > 0, Messages: []*message{}, Unverified: c.Unverified != "",
		},
	}
}

// add takes the next entry of the journal.
func (t *transcript) add(e conversation.Entry) {
	t.Counts.Entries++
	switch {
	case e.Gap != nil:
		t.Gaps = append(t.Gaps, *e.Gap)
		t.Counts.Missing += int64(e.Gap.To - e.Gap.From + 1)
	case e.Failed != nil:
		t.Counts.Failed++
		t.Messages = append(t.Messages, &message{
			Position: e.Position, Sent: e.At, Sender: t.Participant, Role: conversation.RoleConsumer, SenderKind: senderConsumer,
			Kind: "failed", External: e.Failed.IdemKey, Failure: e.Failed.Reason,
		})
	case e.Event != nil:
		t.addEvent(e)
	}
}

func (t *transcript) addEvent(e conversation.Entry) {
	v := e.Event
	at := cmp.Or(v.At, v.Seen, e.At)
	if e.Late {
		t.Counts.Late++
		t.Counts.Missing = max(t.Counts.Missing-1, 0)
	}
	if t.first == 0 || at < t.first {
		t.first = at
	}
	switch {
	case isMessage(v):
		t.addMessage(e, at)
	case v.Kind == conversation.Status:
		t.mark(v, at)
	case v.Kind == conversation.Details:
		t.state(v.State)
	}
}

// state takes a statement of the whole; the last one counts.
func (t *transcript) state(s *conversation.Snapshot) {
	if s == nil || s.Updated < t.latest.Updated {
		return
	}
	t.latest = *s
	if s.Skill != "" && (len(t.Skills) == 0 || t.Skills[len(t.Skills)-1] != s.Skill) {
		t.Skills = append(t.Skills, s.Skill)
	}
	for _, p := range s.Participants {
		t.role(p)
	}
	for _, d := range s.Dialogs {
		if d.Type != "" {
			t.types[d.ID] = d.Type
		}
		for _, p := range d.Participants {
			t.role(p)
		}
	}
}

// role remembers who was what: who once had the conversation was its agent.
func (t *transcript) role(p conversation.Participant) {
	if p.Role == conversation.RoleAgent && !slices.Contains(t.Agents, p.ID) {
		t.Agents = append(t.Agents, p.ID)
	}
	if t.roles[p.ID] != conversation.RoleAgent {
		t.roles[p.ID] = p.Role
	}
}

// finish works out what only the whole conversation says, and returns the record.
func (t *transcript) finish() *record {
	s, r := &t.latest, &t.record
	r.Brand, r.CloseReason, r.Skill, r.Participants, r.Dialogs = s.Brand, s.CloseReason, s.Skill, s.Participants, s.Dialogs
	r.Opened, r.Closed, r.Outcome = cmp.Or(s.Started, t.closing.Opened, t.first), s.Ended, outcomeClosed
	if t.closing.Abandoned > 0 {
		r.Outcome = outcomeAbandoned
	}
	asked := map[string]*string{}
	for _, m := range r.Messages {
		t.finishMessage(m)
		if m.Kind == "failed" {
			continue
		}
		r.Counts.Messages++
		if m.SenderKind == senderConsumer {
			r.Counts.Consumer++
			if m.DialogType != "" && m.DialogType != dialogMain {
				r.Survey = append(r.Survey, answer{Dialog: m.Dialog, Question: asked[m.Dialog], Answer: m.Text, At: m.Sent, Position: m.Position})
			}
		} else {
			r.Counts.Brand++
			asked[m.Dialog] = m.Text
		}
	}
	return r
}
