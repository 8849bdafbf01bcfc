// Package agentstatus makes rows of agents' status changes (Agent Activity API, Get Status
// Changes): what a change is worth depends on the one before it, often of another window.
package agentstatus

import (
	"encoding/json"
	"time"

	"transporter/internal/fault"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// The source's codes: statusType of a change, and of sequenceNumber and sessionId those of
// the first two events of a login.
const (
	login  = 3
	logout = 4

	loginSequence = -1
	noSession     = "-1"
)

// Window is what a fold works on: changes before From are read for what they leave behind,
// and State is what the window before left, nil if nothing is known of it.
type Window struct {
	From, To int64
	Zone     *time.Location
	State    []byte
}

// last is the latest change of an agent who is logged in: the stay that it began, and its
// place in the session. It is what one window leaves to the next.
type last struct {
	Since    int64           `json:"since"`
	Session  string          `json:"session"`
	Sequence int64           `json:"sequence"`
	Type     int64           `json:"type"`
	Status   json.RawMessage `json:"status"` // statusSubType
	Reason   json.RawMessage `json:"reason"`
	Text     json.RawMessage `json:"text"`
	Who      json.RawMessage `json:"who"` // the agent as the change names it

	ids []string // of the change, and of a login that it goes with; none of what an earlier window left
}

// state is every agent who is logged in, by id.
type state map[string]*last

// begin reads what the window before left. Known is false where nothing is known of it.
func (w *Window) begin() (s state, known bool, err error) {
	s = state{}
	if w.State == nil {
		return s, false, nil
	}
	if err := json.Unmarshal(w.State, &s); err != nil {
		return nil, false, fault.New(fault.Corrupt, "read the agents' states that the window before left: %w", err)
	}
	return s, true, nil
}

// follow notes the change as the agent's latest.
func (s state) follow(agent string, c *last) {
	if c.Type == logout {
		delete(s, agent)
		return
	}
	s[agent] = c
}

// read takes the change that a record tells.
func read(root jsonrec.Value, at int64) (agent string, c *last, err error) {
	agent = string(cell.TextOf(root.Get("agentId")))
	sequence, hasSequence := cell.IntOf(root.Get("sequenceNumber"))
	kind, hasKind := cell.IntOf(root.Get("statusType"))
	switch {
	case agent == "":
		return "", nil, &jsonrec.Defect{Path: "$.agentId", Reason: "has no value, and must have one"}
	case !hasSequence:
		return "", nil, &jsonrec.Defect{Path: "$.sequenceNumber", Reason: "has no whole number, and must have one"}
	case !hasKind:
		return "", nil, &jsonrec.Defect{Path: "$.statusType", Reason: "has no whole number, and must have one"}
	}
	c = &last{Since: at, Session: noSession, Sequence: sequence, Type: kind}
	if session := cell.TextOf(root.Get("sessionId")); session != nil {
		c.Session = string(session)
	}
	c.Status = root.Get("statusSubType").AppendCompact(nil)
	c.Reason = root.Get("statusReasonId").AppendCompact(nil)
	c.Text = root.Get("statusReasonText").AppendCompact(nil)
	c.Who = []byte{'{'}
	for i, name := range []string{"agentId", "employeeId", "agentLoginName", "agentUserName", "agentGroupId"} {
		if i > 0 {
			c.Who = append(c.Who, ',')
		}
		c.Who = append(jsonrec.AppendText(c.Who, []byte(name)), ':')
		c.Who = root.Get(name).AppendCompact(c.Who)
	}
	c.Who = append(c.Who, '}')
	return agent, c, nil
}

// next is the sequence number that follows: a login has -1, the status after it 1.
func (l *last) next() int64 { return max(l.Sequence+1, 1) }
