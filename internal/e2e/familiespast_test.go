package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/listing"
	"transporter/internal/sandbox/world"
)

// pastFamilies are the reports of a day of the past, and of configuration.
func pastFamilies(t *testing.T, account *world.Account, w httpapi.WindowView, at time.Time) (byKey, byLogin []family) {
	t.Helper()
	from, to, now := w.From.UnixMilli(), w.To.UnixMilli(), at.UnixMilli()
	handled, took := handledIn(account, from, to, now)
	changes := float64(len(account.StatusChanges(from, to, now)))
	n := talksIn(account.Between(from, to, now), from, to, now)
	hours, skills := w.To.Sub(w.From).Hours(), float64(len(account.SkillIDs()))
	netted := hours * skills
	hourly := []string{"interval_minutes", "60"}
	byKey = append(closedIn(account, w, now),
		family{report: "raw.agent_activity", sums: map[string]float64{rowCount: changes}},
		family{report: "agent.status_changes", sums: map[string]float64{rowCount: changes}},
		family{report: "raw.handle_time", sums: map[string]float64{rowCount: handled, "totalHandleTimeMillis": took}},
		family{report: "agent.handle_time", sums: map[string]float64{rowCount: handled, "handle_time_ms": took}},
		family{report: "agent.daily", params: []string{"include_bots", "true"}, sums: map[string]float64{"handle_time_ms": took}},
		family{report: "raw.net_handle_time", sums: map[string]float64{
			rowCount: netted, "metricsByIntervals.arrivals": n.arrived, "metricsByIntervals.messagesSent": n.sent,
		}},
		family{report: "cfg.skills", sums: map[string]float64{rowCount: skills - 1}}, // none is no skill of the list
		family{report: "wfm.skill_interval", params: hourly, sums: map[string]float64{
			"closed": n.closed, "assigned": n.assigned, "messages_sent": n.sent, "handle_time_ms": took, known + "nht_ms": netted,
		}},
		family{report: "wfm.agent_interval", params: append(hourly, "include_bots", "true"), sums: map[string]float64{"assigned_new": n.assigned}},
	)
	var engagements, sent float64
	for e := range account.Engagements(now) {
		if e.End >= from && e.End < to {
			engagements++
		}
	}
	for _, report := range []string{"chat.engagements", "raw.engagement_history"} {
		byKey = append(byKey, family{report: report, sums: map[string]float64{rowCount: engagements}})
	}
	for _, app := range []string{"prmsg", "c2m"} {
		sent += float64(len(account.Outbound(app, from, to, now)))
	}
	for _, report := range []string{"out.transactions", "raw.outbound"} {
		byLogin = append(byLogin, family{report: report, sums: map[string]float64{rowCount: sent}})
	}
	for report, name := range map[string]string{
		"cfg.users": listing.Users, "cfg.agent_groups": listing.AgentGroups, "cfg.profiles": listing.Profiles, "cfg.lobs": listing.LOBs,
		"cfg.status_reasons": listing.StatusReasons,
	} {
		entities, _, ok := account.List(name, now)
		require.True(t, ok, name)
		byLogin = append(byLogin, family{report: report, sums: map[string]float64{rowCount: float64(len(entities))}})
	}
	return byKey, byLogin
}

// handledIn are the segments that ended in the window, and how long they were handled.
func handledIn(account *world.Account, from, to, now int64) (segments, ms float64) {
	for _, s := range account.AgentSegments(from, to, now) {
		segments, ms = segments+1, ms+float64(s.Handle)
	}
	return segments, ms
}

// closedIn are the reports of conversations that ended in the window.
func closedIn(account *world.Account, w httpapi.WindowView, now int64) []family {
	from, to := w.From.UnixMilli(), w.To.UnixMilli()
	var conversations, messages, transfers, assignments, assigned, took float64
	ended := map[string]bool{}
	for c := range account.Conversations(now) {
		if end := c.Facts.ConversationEnd; !c.Facts.Closed || end < from || end >= to {
			continue
		}
		moved, given, ms := c.Moves()
		conversations, messages = conversations+1, messages+float64(c.Messages())
		transfers, assignments, assigned = transfers+float64(moved), assignments+float64(given), assigned+float64(ms)
		ended[c.ID()] = true
	}
	month := 30 * 24 * time.Hour.Milliseconds()
	for _, s := range account.AgentSegments(now-month, to, now) {
		if ended[s.Conversation] {
			took += float64(s.Handle)
		}
	}
	return []family{
		{report: "msg.conversations", sums: map[string]float64{rowCount: conversations}},
		{report: "msg.messages", sums: map[string]float64{rowCount: messages}},
		{report: "msg.transfers", sums: map[string]float64{rowCount: transfers}},
		{report: "msg.assignments", params: []string{"handle_time", "true"}, sums: map[string]float64{rowCount: assignments, "duration_ms": assigned, "handle_time_ms": took}},
	}
}
