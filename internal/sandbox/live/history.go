package live

import (
	"encoding/json"
	"slices"
	"time"

	"transporter/internal/sandbox/history"
)

// History is what the messaging history says of a conversation: one record, or none where the
// account has no such conversation. It says what was so when it is read.
func (e *Engine) History(account, id string) history.Hits {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.conversations[id]; c != nil && c.account == account {
		return hits{e, []*conversation{c}}
	}
	return hits{}
}

// HistoryOf is what it says of a consumer's conversations in one of the states, or in any, by start.
func (e *Engine) HistoryOf(account, consumer string, states []string) history.Hits {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := hits{engine: e}
	for _, c := range e.order {
		if c.account == account && c.consumer == consumer && (len(states) == 0 || slices.Contains(states, c.state())) {
			found.list = append(found.list, c)
		}
	}
	return found
}

type hits struct {
	engine *Engine
	list   []*conversation
}

// Len implements history.Hits.
func (h hits) Len() int { return len(h.list) }

// sections are in the order of the published sample. What has no data is left out.
var sections = []struct {
	section history.Section
	name    string
	of      func(*Engine, *conversation) any
}{
	{history.MessageRecords, "messageRecords", func(_ *Engine, c *conversation) any { return c.messageRecords() }},
	{history.AgentParticipants, "agentParticipants", func(_ *Engine, c *conversation) any { return c.agentParticipants(everyone) }},
	{history.AgentParticipantsLeave, "agentParticipantsLeave", func(_ *Engine, c *conversation) any { return c.agentParticipants(gone) }},
	{history.AgentParticipantsActive, "agentParticipantsActive", func(_ *Engine, c *conversation) any { return c.agentParticipants(present) }},
	{history.ConsumerParticipants, "consumerParticipants", (*Engine).consumerParticipants},
	{history.Transfers, "transfers", func(_ *Engine, c *conversation) any { return c.transferRecords() }},
	{history.Interactions, "interactions", func(_ *Engine, c *conversation) any { return c.interactions() }},
	{history.Dialogs, "dialogs", func(_ *Engine, c *conversation) any { return c.dialogRecords() }},
	{history.MessageStatuses, "messageStatuses", func(_ *Engine, c *conversation) any { return c.messageStatuses() }},
	{history.ConversationSurveys, "conversationSurveys", func(_ *Engine, c *conversation) any { return c.surveyRecords() }},
}

// Append implements history.Hits. The record is never cut.
func (h hits) Append(dst []byte, row int, v history.View) []byte {
	h.engine.mu.Lock()
	defer h.engine.mu.Unlock()
	c := h.list[row]
	dst = append(append(dst, `{"info":`...), encode(c.info(h.engine.now()))...)
	for _, s := range sections {
		if v.Sections.Has(s.section) {
			dst = append(append(append(dst, `,"`...), s.name...), `":`...)
			dst = append(dst, encode(s.of(h.engine, c))...)
		}
	}
	return append(dst, '}')
}

// historyTime is a moment as the history writes it: as text and in epoch milliseconds.
func historyTime(at int64) string {
	return time.UnixMilli(at).UTC().Format("2006-01-02 15:04:05.000-0700")
}

// historyEnd is an end, which may not have come.
func historyEnd(at int64) (string, int64) {
	if at == 0 {
		return "undefined", history.Open
	}
	return historyTime(at), at
}

type stamp struct {
	Time  string `json:"time"`
	TimeL int64  `json:"timeL"`
}

func stampOf(at int64) stamp { return stamp{historyTime(at), at} }

// profileName is what a profile says of the consumer's name.
func profileName(profile json.RawMessage) (first, last string) {
	var p struct {
		FirstName, LastName string
		AuthenticatedData   struct {
			SDEs []struct {
				Personal struct{ Firstname, Lastname string }
			} `json:"lp_sdes"`
		}
	}
	_ = json.Unmarshal(profile, &p) // one of another form has no names
	first, last = p.FirstName, p.LastName
	for _, s := range p.AuthenticatedData.SDEs {
		if first == "" && s.Personal.Firstname != "" {
			first, last = s.Personal.Firstname, s.Personal.Lastname
		}
	}
	return first, last
}
