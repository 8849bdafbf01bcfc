package agentstatus

import (
	"encoding/json"
	"maps"
	"slices"

	"transporter/internal/transform/jsonrec"
)

// Stay is the time of an agent in one status, from one change to the next of that agent, of
// whatever kind. Time after a logout is no stay, and neither is what ends the moment it began.
type Stay struct {
	Agent, Session       string
	From, To             int64           // epoch milliseconds
	Status, Reason, Text json.RawMessage // as the source writes statusSubType, statusReasonId and statusReasonText
	Who                  json.RawMessage // the agent as the change names it
	Changes              []string        // ids of the changes that began it; none of what an earlier window left
}

// The values of Status.
const (
	Unset    = "0" // of a login, until the change that follows it
	Offline  = "1"
	Online   = "2"
	BackSoon = "3"
	Away     = "4"
)

// Stays follows agents from change to change. A login takes the status that is set after it.
type Stays struct {
	agents state
	known  bool // everybody who was logged in before the first change
}

// NewStays goes on from what the window before left.
func NewStays(w Window) (*Stays, error) {
	agents, known, err := w.begin()
	return &Stays{agents, known}, err
}

// Next takes the next change, by its id, at a moment in epoch milliseconds, and returns the stay
// that it ends; nil if it ends none. A change that cannot be used is a *jsonrec.Defect.
func (s *Stays) Next(root jsonrec.Value, at int64, id string) (*Stay, error) {
	agent, c, err := read(root, at)
	if err != nil {
		return nil, err
	}
	c.ids = []string{id}
	before := s.agents[agent]
	if before != nil && before.Type == login && c.Sequence == before.next() && c.Session == noSession {
		c.Since = before.Since // the status after a login is that of the login
		c.ids = slices.Concat(before.ids, c.ids)
		s.agents.follow(agent, c)
		return nil, nil
	}
	s.agents.follow(agent, c)
	if before == nil {
		return nil, nil
	}
	stay := before.stay(agent, at)
	if before.Session == noSession {
		stay.Session = c.Session // the first two events of a login have that of the third
	}
	return stay, nil
}

// Open calls yield with the stays that go on, up to a moment, by agent.
func (s *Stays) Open(to int64, yield func(*Stay) error) error {
	for _, agent := range slices.Sorted(maps.Keys(s.agents)) {
		if err := yield(s.agents[agent].stay(agent, to)); err != nil {
			return err
		}
	}
	return nil
}

// State is what the next window goes on from.
func (s *Stays) State() ([]byte, error) { return json.Marshal(s.agents) }

func (l *last) stay(agent string, to int64) *Stay {
	return &Stay{
		Agent: agent, Session: l.Session, From: l.Since, To: to,
		Status: l.Status, Reason: l.Reason, Text: l.Text, Who: l.Who, Changes: l.ids,
	}
}
