package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const chatsPath = "/interaction_history/api/account/12345678/interactions/search"

// engagement is what the tests look at in one record.
type engagement struct {
	Info struct {
		EngagementID, VisitorID, AgentID, AccountID, AgentLoginName string
		StartTimeL, EndTimeL, SkillID, Duration                     int64
		EngagementSequence                                          int
		ChatDataEnriched, IsPartial, IsInteractive                  bool
	}
	Transcript struct{ Lines []json.RawMessage }
	SDEs       struct{ Events []map[string]json.RawMessage }
}

func searchChats(t *testing.T, r *sandboxtest.Running, query, body string) (records []engagement, count int) {
	t.Helper()
	a := do(t, r, "POST", r.URL+chatsPath+"?source=t"+query, body, good)
	require.Equal(t, 200, a.status, string(a.body))
	var page struct {
		Metadata struct{ Count int } `json:"_metadata"`
		Records  []engagement        `json:"interactionHistoryRecords"`
	}
	require.NoError(t, json.Unmarshal(a.body, &page))
	return page.Records, page.Metadata.Count
}

func chatStarts(from, to time.Time, more string) string {
	return fmt.Sprintf(`{"ended":true,"start":{"from":%d,"to":%d}%s}`, from.UnixMilli(), to.UnixMilli(), more)
}

func TestChatSearchIsStrict(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 4000})
	now := sandboxtest.Now
	week := chatStarts(now.Add(-7*24*time.Hour), now, "")
	for _, c := range []struct {
		name, query, body string
		status            int
		want              string
	}{
		{"as documented", "&sort=start:asc,duration:des", week, 200, `"interactionHistoryRecords":[`},
		{"no start", "", `{"ended":true}`, 400, "start"},
		{"more than a month", "", chatStarts(now.AddDate(0, -1, -1), now, ""), 400, "1 months"},
		{"duration with one bound", "", chatStarts(now, now, `,"duration":{"from":1}`), 400, "duration: from and to"},
		{"not interactive", "", chatStarts(now, now, `,"interactive":false`), 400, "interactive: only true"},
		{"not ended", "", `{"ended":false,"start":{"from":1,"to":2}}`, 400, "ended"},
		{"filter of the other API", "", chatStarts(now, now, `,"latestSkillIds":[1]`), 400, "latestSkillIds"},
		{"limit", "&limit=101", week, 400, "limit"},
		{"unknown sort", "&sort=agent:asc", week, 400, "sort"},
		{"sort without an order", "&sort=start", week, 400, "sort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", r.URL+chatsPath+"?source=t"+c.query, c.body, good)
			require.Equal(t, c.status, a.status, string(a.body))
			require.Contains(t, string(a.body), c.want)
		})
	}
	require.Equal(t, 400, do(t, r, "POST", r.URL+chatsPath, week, good).status, "source is required")
	require.Equal(t, 401, do(t, r, "POST", r.URL+chatsPath+"?source=t", week, signer{}).status)
}

// Start times are rounded outwards to ten minutes, pages hold 50 unless more are asked
// for, and only chats that have ended are found.
func TestChatPages(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 40_000})
	now := sandboxtest.Now
	from, to := now.Add(-48*time.Hour+3*time.Minute), now.Add(-18*time.Minute)
	records, count := searchChats(t, r, "&sort=start:asc", chatStarts(from, to, ""))
	require.Len(t, records, 50)
	require.Greater(t, count, 50)
	last := int64(0)
	var all []engagement
	for offset := 0; offset < count; offset += 100 {
		page, again := searchChats(t, r, fmt.Sprintf("&sort=start:asc&limit=100&offset=%d", offset), chatStarts(from, to, ""))
		require.Equal(t, count, again)
		all = append(all, page...)
	}
	require.Len(t, all, count)
	for _, e := range all {
		i := e.Info
		require.GreaterOrEqual(t, i.StartTimeL, last)
		last = i.StartTimeL
		require.GreaterOrEqual(t, i.StartTimeL, from.Truncate(10*time.Minute).UnixMilli())
		require.LessOrEqual(t, i.StartTimeL, to.Add(10*time.Minute).Truncate(10*time.Minute).UnixMilli())
		require.LessOrEqual(t, i.EndTimeL, now.UnixMilli())
		require.Equal(t, (i.EndTimeL-i.StartTimeL)/1000, i.Duration, "whole seconds")
		require.Equal(t, sandboxtest.AccountID, i.EngagementID[:len(sandboxtest.AccountID)], "glued to the account")
		if now.UnixMilli()-i.EndTimeL > (2 * time.Hour).Milliseconds() {
			require.True(t, i.ChatDataEnriched)
		}
	}
	short, _ := searchChats(t, r, "&sort=start:asc", chatStarts(from, to, `,"duration":{"from":0,"to":60}`))
	for _, e := range short {
		require.LessOrEqual(t, e.Info.Duration, int64(60))
	}
	require.NotEmpty(t, short)
}

// A chat's attributes become final after its end; nothing else of it changes.
func TestChatsAreEnrichedLater(t *testing.T) {
	clock := sandboxtest.Now
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 400_000, Now: func() time.Time { return clock }})
	body := chatStarts(clock.Add(-3*time.Hour), clock, "")
	early, _ := searchChats(t, r, "&limit=100", body)
	clock = clock.Add(3 * time.Hour)
	changed := 0
	for _, e := range early {
		later, n := searchChats(t, r, "", chatStarts(clock, clock, `,"engagementId":"`+e.Info.EngagementID+`"`))
		require.Positive(t, n, "an id lifts the limits of time")
		for _, l := range later {
			require.True(t, l.Info.ChatDataEnriched)
			if l.Info.EngagementSequence == e.Info.EngagementSequence && !e.Info.ChatDataEnriched && !e.Info.IsPartial {
				require.Equal(t, e.Transcript, l.Transcript)
				require.GreaterOrEqual(t, len(l.SDEs.Events), len(e.SDEs.Events))
				changed += len(l.SDEs.Events) - len(e.SDEs.Events)
			}
		}
	}
	require.Positive(t, changed)
}

// Agents and skills of chats are those of the configuration, and visitors come back.
func TestChatsShareTheDirectory(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 40_000})
	now := sandboxtest.Now
	logins := map[string]string{}
	var users []struct {
		ID        json.Number
		LoginName string
	}
	a := do(t, r, "GET", r.URL+"/api/account/12345678/configuration/le-users/users?v=4.0&select=$all&include_deleted=true", "", good)
	require.NoError(t, json.Unmarshal(a.body, &users))
	for _, u := range users {
		logins[u.ID.String()] = u.LoginName
	}
	records, _ := searchChats(t, r, "&limit=100", chatStarts(now.Add(-20*24*time.Hour), now, ""))
	require.Len(t, records, 100)
	for _, e := range records {
		require.Equal(t, logins[e.Info.AgentID], e.Info.AgentLoginName)
		require.NotEmpty(t, e.Info.AgentLoginName)
	}
	one := records[0].Info
	mine, _ := searchChats(t, r, "", chatStarts(now, now, `,"visitor":"`+one.VisitorID+`"`))
	require.NotEmpty(t, mine)
	for _, e := range mine {
		require.Equal(t, one.VisitorID, e.Info.VisitorID)
	}
	bySkill, _ := searchChats(t, r, "&limit=100", chatStarts(now.Add(-20*24*time.Hour), now, fmt.Sprintf(`,"skillIds":["%d"]`, one.SkillID)))
	for _, e := range bySkill {
		require.Equal(t, one.SkillID, e.Info.SkillID)
	}
	require.NotEmpty(t, bySkill)
}
