package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// keys are the top-level keys of the records of a search.
func keys(t testing.TB, body []byte) map[string]bool {
	t.Helper()
	var page struct {
		Records []map[string]json.RawMessage `json:"conversationHistoryRecords"`
	}
	require.NoError(t, json.Unmarshal(body, &page))
	set := map[string]bool{}
	for _, r := range page.Records {
		for k := range r {
			set[k] = true
		}
	}
	return set
}

func TestContentToRetrieveIsExact(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 300_000})
	from := sandboxtest.Now.Add(-30 * time.Hour)
	defaults := []string{
		"agentParticipants", "agentParticipantsActive", "agentParticipantsLeave", "campaign", "coBrowseSessions",
		"consumerParticipants", "conversationSurveys", "info", "interactions", "messageRecords", "messageScores", "messageStatuses",
		"sdes", "summary", "transfers",
	}
	for _, c := range []struct {
		name, more, query string
		want              []string
	}{
		{"absent gives the defaults", "", "", defaults},
		{"empty gives info", `,"contentToRetrieve":[]`, "", []string{"info"}},
		{
			"present gives only what is listed", `,"contentToRetrieve":["monitoring","dialogs","responseTime","intents","uniqueIntents","latestAgentSurvey","previouslySubmittedAgentSurveys"]`, "",
			[]string{"dialogs", "info", "intents", "latestAgentSurvey", "monitoring", "previouslySubmittedAgentSurveys", "responseTime", "uniqueIntents"},
		},
		{"unauthenticated SDEs need v=2", `,"contentToRetrieve":["unAuthSdes"]`, "&v=1", []string{"info"}},
		{"and come with v=2", `,"contentToRetrieve":["unAuthSdes"]`, "&v=2", []string{"info", "unAuthSdes"}},
		{"skill changes have no published shape and are left out", `,"contentToRetrieve":["skillChanges"]`, "", []string{"info"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := map[string]bool{}
			for offset := 0; offset < 500; offset += 100 {
				target := fmt.Sprintf("%s%s?source=t&limit=100&offset=%d%s", r.URL, searchPath, offset, c.query)
				a := do(t, r, "POST", target, startBody(from, from.Add(20*time.Hour), c.more), good)
				require.Equal(t, 200, a.status)
				maps.Copy(set, keys(t, a.body))
			}
			require.Equal(t, c.want, slices.Sorted(maps.Keys(set)))
		})
	}
}

func TestSDEValuesAreTextInVersion1AndTypedInVersion2(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 300_000})
	from := sandboxtest.Now.Add(-30 * time.Hour)
	body := startBody(from, from.Add(time.Hour), `,"contentToRetrieve":["sdes"]`)
	one := do(t, r, "POST", r.URL+searchPath+"?source=t", body, good)
	two := do(t, r, "POST", r.URL+searchPath+"?source=t&v=2", body, good)
	require.Regexp(t, `"balance":"-?\d`, string(one.body))
	require.NotRegexp(t, `"balance":-?\d`, string(one.body))
	require.Regexp(t, `"balance":-?\d`, string(two.body))
	require.Regexp(t, `"serverTimeStamp":"\d`, string(two.body), "time stamps stay text")
}

func TestHugeConversationsAreCutUntilAskedById(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 400_000})
	from := sandboxtest.Now.Add(-4 * 24 * time.Hour)
	body := startBody(from, from.Add(72*time.Hour), `,"contentToRetrieve":["messageRecords"]`)
	var cut *record
	for offset := 0; cut == nil; offset += 100 {
		res := search(t, r, fmt.Sprintf("limit=100&offset=%d&sort=start:asc", offset), body)
		require.NotEmpty(t, res.Records, "some conversation is huge")
		for i := range res.Records {
			if res.Records[i].Info.IsPartial {
				cut = &res.Records[i]
			}
		}
	}
	a := do(t, r, "POST", r.URL+byIDPath+"?source=t", `{"conversationId":"`+cut.Info.ConversationID+`"}`, good)
	require.Equal(t, 200, a.status)
	whole := decode(t, a.body).Records[0]
	require.False(t, whole.Info.IsPartial)
	require.Greater(t, len(whole.MessageRecords), len(cut.MessageRecords))
	start := time.UnixMilli(whole.Info.StartTimeL)
	_, messages, err := r.World().Totals(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: ms(start), To: ms(start) + 1})
	require.NoError(t, err)
	require.Len(t, whole.MessageRecords, messages)
}

func TestPreviewsComeOnlyById(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 300_000})
	from := sandboxtest.Now.Add(-30 * time.Hour)
	res := search(t, r, "limit=100", startBody(from, from.Add(4*time.Hour), ""))
	files := 0
	for _, c := range res.Records {
		for _, m := range c.MessageRecords {
			if m.MessageData.File == nil {
				continue
			}
			require.Empty(t, m.MessageData.File.Preview)
			if files++; files > 3 {
				continue
			}
			a := do(t, r, "POST", r.URL+byIDPath+"?source=t", `{"conversationId":"`+c.Info.ConversationID+`"}`, good)
			require.Contains(t, string(a.body), `"preview":"`)
		}
	}
	require.Positive(t, files)
}

func TestSurveysMoveTheEnd(t *testing.T) {
	clock := sandboxtest.Now
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 200_000, Now: func() time.Time { return clock }})
	from := clock.Add(-40 * time.Hour)
	res := search(t, r, "limit=100&sort=start:asc", startBody(from, from.Add(10*time.Hour), `,"status":["CLOSE"],"contentToRetrieve":["dialogs","conversationSurveys","messageRecords"]`))
	moved := 0
	for _, c := range res.Records {
		if c.Info.EndTimeL == c.Info.ConversationEndTimeL || c.Info.FullDialogEndTimeL < 0 {
			continue
		}
		moved++
		require.Equal(t, c.Info.FullDialogEndTimeL, c.Info.EndTimeL)
		require.Len(t, c.Dialogs, 2)
		require.Equal(t, "POST_SURVEY", c.Dialogs[1].DialogType)
		require.Equal(t, c.Info.ConversationID, c.Dialogs[0].DialogID, "the main dialog's id is the conversation's")
		// Before the survey was over, the end was the conversation's own.
		clock = time.UnixMilli(c.Info.FullDialogEndTimeL - 1)
		a := do(t, r, "POST", r.URL+byIDPath+"?source=t", `{"conversationId":"`+c.Info.ConversationID+`"}`, good)
		clock = sandboxtest.Now
		if a.status != 200 {
			continue // not yet visible then
		}
		before := decode(t, a.body).Records[0].Info
		require.Equal(t, int64(-1), before.FullDialogEndTimeL)
		require.Equal(t, "OPEN", before.FullDialogStatus)
	}
	require.Greater(t, moved, 5)
}

func TestOpenConversationsNearNow(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 200_000})
	now := sandboxtest.Now
	res := search(t, r, "limit=100&v=1", startBody(now.AddDate(0, -3, 0), now, `,"status":["OPEN"]`))
	require.Greater(t, res.Metadata.Count, 10)
	for _, c := range res.Records {
		require.Equal(t, int64(-1), c.Info.EndTimeL)
		require.Equal(t, "undefined", c.Info.EndTime)
		for _, m := range c.MessageRecords {
			require.LessOrEqual(t, m.TimeL, ms(now), "nothing of the future is known")
		}
	}
}

func TestLongConversationsAreFoundByEnd(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 2_000_000})
	now := sandboxtest.Now
	from, to := now.AddDate(0, 0, -220), now.AddDate(0, 0, -190) // starts
	ended := fmt.Sprintf(`%s,"end":{"from":%d,"to":%d}`, infoOnly, ms(now.AddDate(0, 0, -20)), ms(now))
	require.NotEmpty(t, allPages(t, r, 100, "start:asc", startBody(from, to, ended)), "some last half a year")
}

func TestPlaceholdersAndIds(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 500_000})
	now := sandboxtest.Now
	var all strings.Builder
	for offset := 0; offset < 600; offset += 100 {
		a := do(t, r, "POST", fmt.Sprintf("%s%s?source=t&limit=100&offset=%d", r.URL, searchPath, offset), startBody(now.Add(-60*time.Hour), now.Add(-28*time.Hour), ""), good)
		all.Write(a.body)
	}
	for name, pattern := range map[string]string{
		"LP time beside the long":    `"startTime":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000","startTimeL":\d{13}`,
		"undefined":                  `"token":"undefined"`,
		"NA":                         `"operatingSystem":"NA"`,
		"null as a word":             `"assignedAgentId":"null"`,
		"no skill":                   `"latestSkillId":-1,"latestSkillName":"Unassigned"`,
		"agent ids are text":         `"latestAgentId":"\d{10}"`,
		"skill ids are numbers":      `"latestSkillId":\d{10}`,
		"campaign ids are text":      `"campaignId":"\d{10}"`,
		"lob ids are numbers":        `"lobId":\d{10}`,
		"csatRate":                   `"csatRate":[1-5],`,
		"message ids by dialog":      `"messageId":"ms::dialog:[0-9a-f-]{36}::msg:\d`,
		"message ids by conv":        `"messageId":"ms::conv:[0-9a-f-]{36}::msg:\d`,
		"system senders":             `"userType":"0","userTypeName":"System"`,
		"bots":                       `"userType":"2","userTypeName":"Bot"`,
		"private notes":              `"audience":"AGENTS_AND_MANAGERS"`,
		"escalations":                `"actionReason":\{"reason":`,
		"deleted agents":             `"agentDeleted":true`,
		"secure forms":               `"type":"SECURE_FORM_SUBMIT"`,
		"zero-width joiners":         "👨\u200d👩\u200d👧",
		"right to left":              "שלום",
		"carriage returns":           `\\r\\n`,
		"formula in a cell":          `"text":"=SUM`,
		"every transfer reason one":  `"reason":"back2Q"`,
		"every transfer reason two":  `"reason":"SuggestedAgentTimeout"`,
		"every transfer reason tri":  `"reason":"TakeOver"`,
		"every transfer reason four": `"reason":"Agent"`,
		"every transfer reason five": `"reason":"Skill"`,
		"timed out surveys":          `"surveyStatus":"TIMED_OUT"`,
		"invalid survey answers":     `"answerId":"InvalidAnswer"`,
	} {
		t.Run(name, func(t *testing.T) { require.True(t, regexp.MustCompile(pattern).MatchString(all.String())) })
	}
}

func TestConsumersComeBack(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 300_000})
	from := sandboxtest.Now.Add(-60 * time.Hour)
	res := search(t, r, "limit=100", startBody(from, from.Add(20*time.Hour), `,"contentToRetrieve":["consumerParticipants"]`))
	several := 0
	for _, c := range res.Records {
		id := c.ConsumerParticipants[0].ParticipantID
		a := do(t, r, "POST", r.URL+consumerPath+"?source=t", `{"consumer":"`+id+`","contentToRetrieve":["consumerParticipants"]}`, good)
		require.Equal(t, 200, a.status)
		mine := decode(t, a.body)
		found := false
		for _, m := range mine.Records {
			require.Equal(t, id, m.ConsumerParticipants[0].ParticipantID)
			found = found || m.Info.ConversationID == c.Info.ConversationID
		}
		require.True(t, found)
		if mine.Metadata.Count > 1 {
			several++
		}
	}
	require.Positive(t, several)
}

func TestSkillAndAgentFilters(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 200_000})
	from := sandboxtest.Now.Add(-60 * time.Hour)
	every := search(t, r, "limit=100&sort=start:asc", startBody(from, from.Add(2*time.Hour), `,"contentToRetrieve":["interactions"]`))
	skill := every.Records[0].Info.LatestSkillID
	var agent string
	for _, c := range every.Records {
		if agent = c.Info.LatestAgentID; agent != "null" {
			break
		}
	}
	var bySkill, byAgent []string
	for _, c := range every.Records {
		if c.Info.LatestSkillID == skill {
			bySkill = append(bySkill, c.Info.ConversationID)
		}
		if slices.ContainsFunc(c.Interactions, func(i struct{ AssignedAgentID string }) bool { return i.AssignedAgentID == agent }) {
			byAgent = append(byAgent, c.Info.ConversationID)
		}
	}
	last := time.UnixMilli(every.Records[len(every.Records)-1].Info.StartTimeL)
	keep := func(filter string) []string {
		got := allPages(t, r, 100, "start:asc", startBody(from, last, infoOnly+filter))
		return slices.DeleteFunc(got, func(id string) bool { // rounding brings later ones in
			return !slices.ContainsFunc(every.Records, func(c record) bool { return c.Info.ConversationID == id })
		})
	}
	require.Equal(t, bySkill, keep(fmt.Sprintf(`,"latestSkillIds":["%d"]`, skill)))
	require.Equal(t, byAgent, keep(`,"agentIds":[`+agent+`]`))
	require.Subset(t, keep(fmt.Sprintf(`,"skillIds":[%d]`, skill)), bySkill)
}
