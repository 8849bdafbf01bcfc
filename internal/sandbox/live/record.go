package live

import "encoding/json"

// Record is the engine's own account of one conversation: what tests compare with.
type Record struct {
	Summary
	Features []string          `json:"features"`
	Opening  Opening           `json:"opening"`
	Profile  json.RawMessage   `json:"profile,omitempty"`
	Current  json.RawMessage   `json:"current"` // the full state now
	Events   []Event           `json:"events"`  // in the order in which they happened
	States   []json.RawMessage `json:"states"`  // the changes of state that were told, in order
	Failures []string          `json:"failures,omitempty"`
}

// Summary is what a list says of a conversation. Times are epoch milliseconds.
type Summary struct {
	ID       string `json:"id"`
	Account  string `json:"account"`
	App      string `json:"app"`
	Consumer string `json:"consumer"`
	State    string `json:"state"`
	Stage    string `json:"stage"`
	Skill    string `json:"skillId"`
	Agent    string `json:"agent,omitempty"` // the assigned agent's name
	Started  int64  `json:"started"`
	Ended    int64  `json:"ended,omitempty"`
	Told     int    `json:"told"` // notifications so far
}

// List returns the account's conversations, or all with none, by start.
func (e *Engine) List(account string) []Summary {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []Summary{}
	for _, c := range e.order {
		if account == "" || c.account == account {
			list = append(list, c.summary())
		}
	}
	return list
}

// Record returns the account of one conversation, false if there is none of that id.
func (e *Engine) Record(account, id string) (Record, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.conversations[id]
	if c == nil || c.account != account {
		return Record{}, false
	}
	return Record{
		Summary: c.summary(), Features: c.features, Opening: c.opening, Profile: e.profiles[profileKey{c.account, c.consumer}],
		Current: encode(c.details()), Events: append([]Event{}, c.events...), States: append([]json.RawMessage{}, c.states...),
		Failures: append([]string{}, c.failures...),
	}, true
}

func (c *conversation) summary() Summary {
	s := Summary{
		ID: c.id, Account: c.account, App: c.app, Consumer: c.consumer, State: c.state(), Stage: c.stage(), Skill: c.skill,
		Started: c.started, Ended: c.ended, Told: len(c.events) + len(c.states),
	}
	if p, ok := c.assigned(); ok {
		s.Agent = c.nameOf(p.ID)
	}
	return s
}
