package transform

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/sandbox/world"
	"transporter/internal/transform/jsonrec"
)

// described are the resources of which it is known what their records may have.
var describedResources = []string{"messaging_interactions", "engagement_history"}

// flatOn calls f with every report whose rows are made of the resource's records.
func flatOn(resource string, f func(*report.Definition)) {
	for _, d := range report.Catalog() {
		if d.Resource == resource && !d.IsRaw() && d.Fold == "" {
			f(d)
		}
	}
}

// drifts renders the report, in every format, and returns what is told of members.
func drifts(t *testing.T, d *report.Definition, in memory) (found []string) {
	for i, format := range d.Formats {
		_, res := render(t, newJob(t, d.ID, format, nil), in)
		if i > 0 {
			require.Equal(t, found, res.Drift, "%s, %s", d.ID, format)
		}
		found = res.Drift
	}
	return found
}

// Members that the API does not describe are told of by name, those of the record and of its info, so many
// and so long; values are not.
func TestNewMembersAreToldOf(t *testing.T) {
	ids := map[string]string{"messaging_interactions": `"conversationId":"c","startTimeL":1`, "engagement_history": `"engagementId":"e","startTimeL":1`}
	for resource, id := range ids {
		flatOn(resource, func(d *report.Definition) {
			in := memory{}.with(t, resource,
				fmt.Appendf(nil, `{"info":{%s},"campaign":{"other":1}}`, id),
				fmt.Appendf(nil, `{"mood":"secret","info":{"mood":"secret",%s},"sdes":{"events":[]}}`, strings.NewReplacer(`"c"`, `"d"`, `"e"`, `"f"`).Replace(id)))
			require.Equal(t, []string{"info.mood", "mood"}, drifts(t, d, in), d.ID)
		})
	}
	var many []string
	for n := range 3 * maxDrift {
		many = append(many, fmt.Sprintf(`"%s%03d":1`, strings.Repeat("n", 2*maxDriftName), n), fmt.Sprintf(`"n%d":1`, n))
	}
	d, err := report.Get("msg.conversations", "")
	require.NoError(t, err)
	found := drifts(t, d, memory{}.with(t, d.Resource, fmt.Appendf(nil, `{%s,"info":{%s}}`, strings.Join(many, ","), ids[d.Resource])))
	require.Len(t, found, maxDrift)
	for _, name := range found {
		require.LessOrEqual(t, len(name), maxDriftName+len("…"))
	}
}

// Members of what is in a record are told of by the reports whose columns are made of it.
func TestNewMembersOfPartsAreToldOf(t *testing.T) {
	conversation := `{"info":{"brandId":"1","conversationId":"c","startTimeL":1},"campaign":{"campaignId":"1","mood":0},` +
		`"messageRecords":[{"messageId":"m","timeL":1,"sentBy":"Consumer","participantId":"p"},{"messageId":"n","timeL":2,"sentBy":"Consumer","participantId":"p","mood":1}],` +
		`"agentParticipants":[{"agentId":"1","timeL":1,"mood":2}],"transfers":[{"timeL":1,"reason":"Skill","mood":3}],` +
		`"messageStatuses":[{"messageId":"m","timeL":1,"participantId":"p","messageDeliveryStatus":"READ","mood":4}]}`
	chat := `{"info":{"accountId":"1","engagementId":"e","startTimeL":1,"endTimeL":2,"engagementSequence":1},"transcript":{"lines":[{"lineSeq":"1","timeL":1,"by":"Visitor","source":"visitor","text":"hi","textType":"plain","mood":5}]}}`
	const agent, campaign, message, transfer = "agentParticipants[].mood", "campaign.mood", "messageRecords[].mood", "transfers[].mood"
	for id, want := range map[string][]string{
		"msg.conversations": {agent, campaign, message, transfer}, "msg.messages": {agent, message, transfer}, "msg.participants": {agent, message},
		"msg.transfers": {agent, transfer}, "msg.message_statuses": {agent, message, "messageStatuses[].mood"}, "chat.lines": {"transcript.lines[].mood"},
	} {
		d, err := report.Get(id, "")
		require.NoError(t, err)
		text := conversation
		if d.Resource == "engagement_history" {
			text = chat
		}
		require.Equal(t, want, drifts(t, d, memory{}.with(t, d.Resource, []byte(text))), id)
	}
}

// Members within lists that columns search and derived values are made of are told of too, in the first records as
// in those after many.
func TestNewMembersOfListsAreToldOf(t *testing.T) {
	const plain = `{"info":{"brandId":"1","conversationId":"c%03d","startTimeL":%[1]d}}`
	var before [][]byte
	for n := range 2 * surveyedAll {
		before = append(before, fmt.Appendf(nil, plain, n+1))
	}
	for id, parts := range map[string]map[string]string{
		"msg.conversations": {
			"dialogs[]": `"dialogs":[{"dialogId":"c","dialogType":"MAIN"},{"dialogId":"d","mood":1}]`, "interactions[]": `"interactions":[{"interactionTimeL":1,"mood":1}]`,
			"conversationSurveys[]":              `"conversationSurveys":[{"surveyType":"CSAT","mood":1}]`,
			"conversationSurveys[].surveyData[]": `"conversationSurveys":[{"surveyData":[{"answer":"5"},{"mood":1}]}]`,
			"agentParticipantsLeave[]":           `"agentParticipantsLeave":[{"agentId":"1","mood":1}]`,
		},
		"msg.messages": {"messageScores[]": `"messageScores":[{"messageId":"m","mood":1}]`, "consumerParticipants[]": `"consumerParticipants":[{"mood":{}}]`},
		"msg.agent_survey_answers": {
			"latestAgentSurvey": `"latestAgentSurvey":{"mood":[]}`, "previouslySubmittedAgentSurveys[].submittedAnswers[]": `"previouslySubmittedAgentSurveys":[{"submittedAnswers":[{"mood":1}]}]`,
		},
		"msg.intents": {"intents[].allClassifications[]": `"intents":[{"messageId":"m","allClassifications":[{"intentName":"x","mood":1}]}]`},
	} {
		d, err := report.Get(id, "")
		require.NoError(t, err)
		for at, member := range parts {
			one := fmt.Appendf(nil, `{"info":{"brandId":"1","conversationId":"z","startTimeL":1000000},%s}`, member)
			require.Equal(t, []string{at + ".mood"}, drifts(t, d, memory{}.with(t, d.Resource, one)), id)
			many := slices.Clone(before)
			for n := range surveyedOf {
				many = append(many, fmt.Appendf(nil, `{"info":{"brandId":"1","conversationId":"z%02d","startTimeL":1000000},%s}`, n, member))
			}
			_, res := render(t, newJob(t, id, FormatJSONL, nil), memory{}.with(t, d.Resource, many...))
			require.Equal(t, []string{at + ".mood"}, res.Drift, id)
		}
	}
	// What a report is not made of is none of its business.
	other := []byte(`{"info":{"brandId":"1","conversationId":"c","startTimeL":1},"messageStatuses":[{"mood":1}],"dialogs":[{"mood":1}]}`)
	d, err := report.Get("msg.sdes", "")
	require.NoError(t, err)
	require.Empty(t, drifts(t, d, memory{}.with(t, d.Resource, other)))
}

// Folds tell of new members of every record that they take, with the resource of those that are not the report's own.
func TestNewMembersOfWhatIsFoldedAreToldOf(t *testing.T) {
	change := []byte(`{"agentId":1,"sessionId":1,"sequenceNumber":1,"statusType":3,"statusSubType":0,"time":"2023-11-14T22:00:00.000Z","mood":1}`)
	talk := []byte(`{"info":{"conversationId":"c","startTimeL":1,"mood":1},"transfers":[{"timeL":1,"mood":1}],"sdes":{"events":[]}}`)
	for id, want := range map[string][]string{
		"agent.status_changes": {"mood"}, "agent.status_segments": {"mood"},
		"wfm.agent_interval":       {"messaging_interactions: info.mood", "messaging_interactions: transfers[].mood", "mood"},
		"wfm.agent_skill_interval": {"info.mood", "transfers[].mood"},
	} {
		job := newJob(t, id, FormatJSONL, nil)
		in := memory{}
		for _, also := range job.Report.Also {
			in[also.Resource] = nil
		}
		if strings.Contains(want[0], "messaging") {
			job.Also = []string{"messaging_interactions"}
		}
		in = in.with(t, "agent_activity", change).with(t, "messaging_interactions", talk)
		_, res := render(t, job, in)
		require.Equal(t, want, res.Drift, id)
	}
}

// Looking through records costs no allocation, whatever their members are in.
func TestLookingForNewMembersAllocatesNothing(t *testing.T) {
	d, err := report.Get("msg.messages", "")
	require.NoError(t, err)
	s := (&drift{found: map[string]bool{}}).surveyOf(d.Resource, "", nil)
	var doc jsonrec.Doc
	var roots []jsonrec.Value
	g := newVaried(7)
	for i := range 20 {
		raw, err := json.Marshal(g.everyday(i))
		require.NoError(t, err)
		root, err := doc.Parse(raw)
		require.NoError(t, err)
		roots = append(roots[:0], root)
		s.look(root)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { s.look(roots[0]) }))
}

// Nothing is told of what the API describes: of no conversation of the sandbox, and no published answer.
func TestDescribedMembersAreNotToldOf(t *testing.T) {
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour)
	in := alive(t, world.NewAccount(29, "12345678", 60_000), to.Add(-24*time.Hour).UnixMilli(), to.UnixMilli())
	flatOn("messaging_interactions", func(d *report.Definition) { require.Empty(t, drifts(t, d, in), d.ID) })
	chats, _ := worldChats(t, 100)
	in = memory{}.with(t, "engagement_history", chats...)
	flatOn("engagement_history", func(d *report.Definition) { require.Empty(t, drifts(t, d, in), d.ID) })
	for resource, published := range map[string][2]string{
		"messaging_interactions": {"msgint-search.response.json", "conversationHistoryRecords"},
		"engagement_history":     {"enghist-search-1.response.json", "interactionHistoryRecords"},
	} {
		in := memory{}.with(t, resource, publishedRecords(t, published[0], published[1])...)
		flatOn(resource, func(d *report.Definition) { require.Empty(t, drifts(t, d, in), d.ID) })
	}
}

// Every member that a report reads is described.
func TestReportsReadDescribedMembers(t *testing.T) {
	for _, resource := range describedResources {
		r, err := report.GetResource(resource)
		require.NoError(t, err)
		flatOn(resource, func(d *report.Definition) {
			tab, err := newTable(newJob(t, d.ID, FormatJSONL, nil), nil)
			require.NoError(t, err)
			for name := range tab.scope.ofRecord.slots {
				require.Contains(t, r.Names["$"], name, d.ID)
			}
			watched := &drift{names: r.Names}
			if d.Rows != nil {
				watched.rows = d.Rows.Path
			}
			for at, names := range r.Names {
				if m := watched.members(&tab.scope, at); m != nil {
					for name := range m.slots {
						require.Contains(t, names, name, "%s %s", d.ID, at)
					}
				}
			}
		})
	}
}
