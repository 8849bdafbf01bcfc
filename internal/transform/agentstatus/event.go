package agentstatus

import "transporter/internal/transform/jsonrec"

// Event is what a change is beside the stay that it ends.
type Event struct {
	Agent         string
	Login, Logout bool
	Gap           bool     // changes are missing between the one before and this
	Since         int64    // when the one before was, epoch milliseconds; of the first, its own moment
	Before        []string // ids of the changes before it that it is told from
}

// Event tells what the change is, at a moment in epoch milliseconds. It goes before Next. A
// change that cannot be used is a *jsonrec.Defect.
func (s *Stays) Event(root jsonrec.Value, at int64) (Event, error) {
	agent, c, err := read(root, at)
	if err != nil {
		return Event{}, err
	}
	e := Event{Agent: agent, Login: c.Type == login, Logout: c.Type == logout, Gap: s.agents.gap(agent, c, s.known), Since: at}
	if before, seen := s.agents[agent]; seen {
		e.Since, e.Before = before.Since, before.ids
	}
	return e, nil
}
