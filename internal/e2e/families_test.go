package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/readertest"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/listing"
	"transporter/internal/sandbox/world"
)

// rowCount is the sum that is the number of rows.
const rowCount = "rows"

// family is a report, and what its columns add up to in a window, as the sandbox's world says.
type family struct {
	report string
	params []string
	live   bool // of an hour that the platform still counts, instead of a day of the past
	sums   map[string]int64
}

// Every family of reports goes through the whole system once, and what lies at the destination
// adds up to what happened.
func TestEveryFamilyIsDelivered(t *testing.T) {
	t.Parallel()
	const size = 200_000
	s := start(t, options{size: size, now: thisHour()})
	day := s.before(72*time.Hour, 24*time.Hour)
	byKey, byLogin := families(t, s, size, day)
	t.Run("read with a key", func(t *testing.T) {
		for some := range slices.Chunk(byKey, 15) { // so many tasks an account may have
			s.brand(t).deliverAll(t, some, day)
		}
	})
	t.Run("read with a login", func(t *testing.T) {
		b := s.brand(t)
		b.readAs(t, "reporter", "login-password-0001") // as the sandbox has it
		b.deliverAll(t, byLogin, day)
	})
}

// readAs has the brand read by another source, with the login of a user.
func (b *brand) readAs(t *testing.T, user, password string) {
	t.Helper()
	body := b.sourceBody(t)
	body.Credentials = &httpapi.SourceCredentials{Login: &httpapi.SourceLogin{Username: httpapi.SecretValue(user), Password: httpapi.SecretValue(password)}}
	source, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
}

// deliverAll runs every report at once, and compares what lies at the destination.
func (b *brand) deliverAll(t *testing.T, list []family, day httpapi.WindowView) {
	t.Helper()
	hour := b.before(2*time.Hour, time.Hour)
	runs := make([]string, len(list))
	for i, f := range list {
		one, window := spec(f.report, "jsonl", f.params...), day
		if f.live {
			window = hour
		}
		one.Destinations = b.legs("families/" + f.report)[:1]
		runs[i] = b.begin(t, b.task(t, one), window)
	}
	for i, f := range list {
		t.Run(f.report, func(t *testing.T) {
			run := b.end(t, runs[i])
			require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
			sums, rows := map[string]int64{}, int64(0)
			for column := range f.sums {
				sums[column] = 0
			}
			for _, file := range b.data(t, run, b.cloud) {
				for _, row := range readertest.JSONLines(t, file.clear(t, receiver(t))) {
					rows++
					for column := range sums {
						sums[column] += valueOf(t, row, column)
					}
				}
			}
			require.Equal(t, f.sums, sums)
			require.Equal(t, rows, run.Rows)
		})
	}
}

func valueOf(t *testing.T, row readertest.Row, column string) int64 {
	t.Helper()
	n, some := row[column].(json.Number)
	switch {
	case column == rowCount:
		return 1
	case !some: // null
		return 0
	}
	value, err := n.Int64()
	require.NoError(t, err, column)
	return value
}

// families asks the world, without any record.
func families(t *testing.T, s *stack, size int, w httpapi.WindowView) (byKey, byLogin []family) {
	t.Helper()
	from, to, now := w.From.UnixMilli(), w.To.UnixMilli(), s.now.UnixMilli()
	server, err := sandbox.New(sandbox.Config{
		Seed: 1, Accounts: []sandbox.Account{{ID: platform, Conversations: size}}, Now: func() time.Time { return s.now },
	})
	require.NoError(t, err)
	all := server.World()
	account := world.NewAccount(1, platform, size)
	handled, err := all.AgentSegments(platform, from, to)
	require.NoError(t, err)
	changes, err := all.StatusChanges(platform, from, to)
	require.NoError(t, err)
	skills, err := all.SkillIDs(platform)
	require.NoError(t, err)
	chats, err := all.Engagements(platform, from, to)
	require.NoError(t, err)
	talks := account.Between(from, to, now)
	closed := closedIn(account, w, now)
	const intervals = 12 // of five minutes in an hour
	worked := countedOf(talks, from, to)
	byKey = []family{
		{report: "raw.agent_activity", sums: map[string]int64{rowCount: int64(len(changes))}},
		{report: "agent.status_changes", sums: map[string]int64{rowCount: int64(len(changes))}},
		{report: "agent.handle_time", sums: map[string]int64{rowCount: int64(len(handled)), "handle_time_ms": sumOf(handled)}},
		{report: "raw.handle_time", sums: map[string]int64{
			rowCount: int64(len(handled)) + unitsOf(handled), "totalHandleTimeMillis": sumOf(handled), "handleTimeMillis": sumOf(handled),
		}},
		{report: "agent.daily", params: []string{"include_bots", "true"}, sums: map[string]int64{"handle_time_ms": sumOf(handled)}},
		{report: "cfg.skills", sums: map[string]int64{rowCount: int64(len(skills) - 1)}}, // none is no skill of the list
		{report: "wfm.skill_interval", params: []string{"interval_minutes", "60"}, sums: worked},
		{report: "wfm.agent_interval", params: []string{"interval_minutes", "60", "include_bots", "true"}, sums: map[string]int64{"assigned_new": worked["assigned"]}},
		{report: "raw.ops.msgqueuehealth", live: true, sums: map[string]int64{rowCount: intervals}},
		{report: "raw.rt.queuehealth", live: true, sums: map[string]int64{rowCount: intervals}},
	}
	engagements := int64(0)
	for range chats {
		engagements++
	}
	answered := int64(0)
	for _, chat := range account.LiveChats(from, to) {
		if chat.Answered >= from && chat.Answered < to {
			answered++
		}
	}
	byKey = append(byKey, family{report: "wfm.sla_histogram", params: []string{"interval_minutes", "60"}, sums: map[string]int64{"chats": answered}})
	for _, report := range []string{"chat.engagements", "raw.engagement_history"} {
		byKey = append(byKey, family{report: report, sums: map[string]int64{rowCount: engagements}})
	}
	byKey = append(byKey, closed...)
	var sent int64
	for _, app := range []string{"prmsg", "c2m"} {
		messages, err := all.Outbound(platform, app, from, to)
		require.NoError(t, err)
		sent += int64(len(messages))
	}
	for _, report := range []string{"out.transactions", "raw.outbound"} {
		byLogin = append(byLogin, family{report: report, sums: map[string]int64{rowCount: sent}})
	}
	for report, name := range map[string]string{
		"cfg.users": listing.Users, "cfg.agent_groups": listing.AgentGroups, "cfg.profiles": listing.Profiles, "cfg.lobs": listing.LOBs,
		"cfg.status_reasons": listing.StatusReasons,
	} {
		entities, _, ok := account.List(name, now)
		require.True(t, ok, name)
		byLogin = append(byLogin, family{report: report, sums: map[string]int64{rowCount: int64(len(entities))}})
	}
	for _, f := range slices.Concat(byKey, byLogin) {
		for column, sum := range f.sums {
			require.Positive(t, sum, "%s of %s", column, f.report)
		}
	}
	return byKey, byLogin
}

func sumOf(segments []world.AgentSegment) (ms int64) {
	for _, s := range segments {
		ms += s.Handle
	}
	return ms
}

// unitsOf counts what handle time is the sum of: rows of a second file.
func unitsOf(segments []world.AgentSegment) (n int64) {
	for _, s := range segments {
		n += int64(len(s.Units))
	}
	return n
}

// closedIn are the reports of conversations that ended in the window.
func closedIn(account *world.Account, w httpapi.WindowView, now int64) []family {
	from, to := w.From.UnixMilli(), w.To.UnixMilli()
	var conversations, messages, transfers, assignments, assigned, took int64
	ended := map[string]bool{}
	for c := range account.Conversations(now) {
		if end := c.Facts.ConversationEnd; !c.Facts.Closed || end < from || end >= to {
			continue
		}
		moved, given, ms := c.Moves()
		conversations, messages = conversations+1, messages+int64(c.Messages())
		transfers, assignments, assigned = transfers+moved, assignments+given, assigned+ms
		ended[c.ID()] = true
	}
	month := 30 * 24 * time.Hour.Milliseconds()
	for _, s := range account.AgentSegments(now-month, to, now) {
		if ended[s.Conversation] {
			took += s.Handle
		}
	}
	return []family{
		{report: "msg.conversations", sums: map[string]int64{rowCount: conversations}},
		{report: "msg.messages", sums: map[string]int64{rowCount: messages}},
		{report: "msg.transfers", sums: map[string]int64{rowCount: transfers}},
		{report: "msg.assignments", params: []string{"handle_time", "true"}, sums: map[string]int64{rowCount: assignments, "duration_ms": assigned, "handle_time_ms": took}},
	}
}

// countedOf is what intervals of skills add up to.
func countedOf(talks []*world.Live, from, to int64) map[string]int64 {
	within := func(at int64) bool { return at >= from && at < to }
	sums := map[string]int64{"closed": 0, "assigned": 0, "messages_sent": 0}
	for _, c := range talks {
		if within(c.End) {
			sums["closed"]++
		}
		for _, s := range c.Stays {
			if s.Agent != 0 && within(s.Assigned) {
				sums["assigned"]++
			}
		}
		for _, said := range c.Talk {
			if !said.Consumer && !said.Bot && within(said.At) {
				sums["messages_sent"]++
			}
		}
	}
	return sums
}
