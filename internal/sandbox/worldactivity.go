package sandbox

import (
	"fmt"

	"transporter/internal/sandbox/world"
)

// StatusChange is one that happened, with the agent's id and the session that the API leaves
// out of the first two events of a login.
type StatusChange struct {
	world.StatusChange
	AgentID int64
}

// StatusChanges lists what agents of a made-up account did in [From, To), ordered by time,
// agent and sequence. An unknown account, or one of recorded answers, is an error.
func (w *World) StatusChanges(account string, from, to int64) (out []StatusChange, err error) {
	t := w.server.tenants[account]
	if t == nil || t.world == nil {
		return nil, fmt.Errorf("account: %q is unknown or recorded", account)
	}
	for _, c := range t.world.StatusChanges(from, to, w.server.now()) {
		out = append(out, StatusChange{c, t.world.Person(c.Agent).ID})
	}
	return out, nil
}

// AgentSegments lists the segments of a made-up account that ended in [From, To) and that the
// Actual Handle Time API knows by now.
func (w *World) AgentSegments(account string, from, to int64) ([]world.AgentSegment, error) {
	t := w.server.tenants[account]
	if t == nil || t.world == nil {
		return nil, fmt.Errorf("account: %q is unknown or recorded", account)
	}
	return t.world.AgentSegments(from, to, w.server.now()), nil
}

// Outbound lists the messages of an app that a made-up account attempted in [From, To) and that
// Outbound Reporting knows by now.
func (w *World) Outbound(account, app string, from, to int64) ([]world.Outbound, error) {
	t := w.server.tenants[account]
	if t == nil || t.world == nil {
		return nil, fmt.Errorf("account: %q is unknown or recorded", account)
	}
	return t.world.Outbound(app, from, to, w.server.now()), nil
}

// SkillIDs lists the skills of a made-up account, and -1 for what has none.
func (w *World) SkillIDs(account string) ([]int64, error) {
	t := w.server.tenants[account]
	if t == nil || t.world == nil {
		return nil, fmt.Errorf("account: %q is unknown or recorded", account)
	}
	return t.world.SkillIDs(), nil
}
