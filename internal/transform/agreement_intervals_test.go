package transform

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/source/liveperson"
)

// counted is what the intervals of a window add up to: conversations closed, assignments to
// agents, messages that people wrote, CSAT answers, and milliseconds that agents were logged in.
type counted struct{ closed, assigned, written, rated, loggedIn int64 }

func (c counted) plus(o counted) counted {
	return counted{c.closed + o.closed, c.assigned + o.assigned, c.written + o.written, c.rated + o.rated, c.loggedIn + o.loggedIn}
}

// requireIntervals reads conversations by any moment of their life, and compares what skills and
// agents add up to with what the world says.
func (c troubled) requireIntervals(account *world.Account, from, to int64) counted {
	c.t.Helper()
	in := memory{}
	c.read(in, liveperson.Interactions, from, to, map[string]any{"time_basis": "alive", "content": []string{
		"agentParticipants", "conversationSurveys", "dialogs", "interactions", "messageRecords", "skillChanges", "transfers",
	}})
	c.read(in, liveperson.AgentActivity, from-statusLead.Milliseconds(), to, nil)
	for resource := range configurationLists {
		c.read(in, resource, from, to, nil)
	}
	want := countedIn(account, from, to)
	require.Equal(c.t, counted{want.closed, want.assigned, want.written, want.rated, 0}, countedBy(c.t, in, from, to,
		"wfm.skill_interval", map[string]any{}, "closed", "assigned", "messages_sent", "csat_answers", ""))
	require.Equal(c.t, counted{0, want.assigned, 0, 0, want.loggedIn}, countedBy(c.t, in, from, to,
		"wfm.agent_interval", map[string]any{"include_bots": true}, "", "assigned_new", "", "", "login_ms"))
	return want
}

// countedIn asks the world, without any record. A conversation that goes on for more than 13 months is not
// known to the source any more.
func countedIn(account *world.Account, from, to int64) (n counted) {
	now := sandboxtest.Now.UnixMilli()
	kept := sandboxtest.Now.UTC().AddDate(0, -13, 0).UnixMilli()
	within := func(at int64) bool { return at >= from && at < to }
	for _, c := range account.Between(from, to, now) {
		if c.Start < kept {
			continue
		}
		if within(c.End) {
			n.closed++
			if c.CSAT > 0 {
				n.rated++
			}
		}
		for _, s := range c.Stays {
			if s.Agent != 0 && within(s.Assigned) {
				n.assigned++
			}
		}
		for _, said := range c.Talk {
			if !said.Consumer && !said.Bot && within(said.At) {
				n.written++
			}
		}
	}
	sessions := map[[2]int64]bool{}
	for _, s := range account.Stints(from-statusLead.Milliseconds(), to, now) {
		begin, session := s.From, [2]int64{int64(s.Agent), s.Login}
		if !sessions[session] {
			begin, sessions[session] = s.Login, true // the status after a login is that of the login
		}
		n.loggedIn += max(0, min(s.To, to)-max(begin, from))
	}
	return n
}

// countedBy sums the columns over the rows of a report; an empty name is not summed.
func countedBy(t testing.TB, in memory, from, to int64, report string, params map[string]any, names ...string) counted {
	t.Helper()
	job := newJob(t, report, FormatJSONL, params)
	job.From, job.To = from, to
	job.Also = []string{liveperson.Interactions}
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	var n [5]int64
	for _, body := range out.bodies {
		for _, row := range rowsOf(t, body) {
			for i, name := range names {
				if name != "" {
					n[i] += int64(row[name].(float64))
				}
			}
		}
	}
	return counted{n[0], n[1], n[2], n[3], n[4]}
}
