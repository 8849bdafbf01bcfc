package transform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

var chatReports = []restatedReport{
	{"chat.engagements", nil},
	{"chat.lines", nil},
	{"chat.survey_answers", nil},
	{"chat.sdes", nil},
}

// requireChats renders every report of chats from the records, which must be in canonical
// order, and compares with the restatement; each has at least that many rows.
func requireChats(t *testing.T, rows int64, records [][]byte) {
	t.Helper()
	in := memory{}.with(t, "engagement_history", records...)
	want := restatements(t, chatReports, records, accountSkills, accountUsers(), nil)
	for n, report := range chatReports {
		t.Run(report.String(), func(t *testing.T) {
			out, res := render(t, newJob(t, report.id, FormatCSV, nil), in)
			require.Empty(t, res.Quarantined)
			require.GreaterOrEqual(t, res.Rows, rows, "rows to compare")
			requireSameLines(t, want[n], out.bodies[0])
		})
	}
}

// worldChats returns the last engagements of a made-up account, oldest first, and how many
// lines they have.
func worldChats(t testing.TB, n int) (records [][]byte, lines int64) {
	t.Helper()
	a := world.NewAccount(7, "12345678", 20_000)
	all := slices.Collect(a.Engagements(worldNow))
	require.Greater(t, len(all), n)
	slices.SortFunc(all, func(x, y world.Engagement) int { return int(x.Start - y.Start) })
	all = all[len(all)-n:]
	q := &history.ChatQuery{Start: history.Range{From: all[0].Start, To: worldNow, Set: true}, Sort: []history.ChatSort{{Field: "start"}}}
	hits := a.Chats(q, worldNow)
	require.Equal(t, n, hits.Len())
	for i := range n {
		records = append(records, hits.Append(nil, i, history.View{Whole: true}))
		lines += int64(all[i].Lines())
	}
	return records, lines
}

func TestTheSandboxesChatsEqualTheirRestatement(t *testing.T) {
	records, lines := worldChats(t, 300)
	requireChats(t, 50, records)
	_, res := render(t, newJob(t, "chat.lines", FormatCSV, nil), memory{}.with(t, "engagement_history", records...))
	require.Equal(t, lines, res.Rows)
}

func TestVariedChatsEqualTheirRestatement(t *testing.T) {
	for _, seed := range []uint64{61, 62} {
		requireChats(t, 200, variedChats(t, seed, 300))
	}
}

func TestK13ThePublishedChatEqualsItsRestatement(t *testing.T) {
	records := publishedRecords(t, "enghist-search-1.response.json", "interactionHistoryRecords")
	for i, r := range records {
		records[i] = compacted(t, r)
	}
	in := memory{}.with(t, "engagement_history", records...)
	for n, want := range restatements(t, chatReports, records, accountSkills, accountUsers(), nil) {
		out, res := render(t, newJob(t, chatReports[n].id, FormatCSV, nil), in)
		require.Empty(t, res.Quarantined)
		require.EqualValues(t, []int64{1, 3, 0, 9}[n], res.Rows, chatReports[n].id)
		requireSameLines(t, want, out.bodies[0])
	}
	out, _ := render(t, newJob(t, "raw.engagement_history", FormatJSONL, nil), in)
	require.Equal(t, string(records[0])+"\n", out.bodies[0])
}

// Values read off the published sample by hand.
func TestK13ThePublishedChat(t *testing.T) {
	records := publishedRecords(t, "enghist-search-1.response.json", "interactionHistoryRecords")
	in := memory{}.with(t, "engagement_history", records...)
	out, _ := render(t, newJob(t, "chat.engagements", FormatJSONL, nil), in)
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"account_id": "qa84481505", "engagement_id": "qa844815054294982965", "engagement_rt_id": "4294982965", "engagement_sequence": 0,
		"duration_ms": 201, "source_duration_s": 0, "requested_at": nil, "queue_wait_ms": nil, "start_reason_code": 0, "ended_by": "visitor",
		"is_transfer_in": false, "agent_id": "3", "agent_nickname": "Greg", "agent_name": nil, "group_id": "-1", "group_name": nil,
		"skill_id": "-1", "lines_system": 3, "lines_agent": 0, "response_avg_ms": nil, "mcs": nil, "mcs_alert": nil, "lob_id": "-1",
		"cobrowse_sessions": 2, "cobrowse_interactive_sessions": 1, "cobrowse_ms": 29873 + 485279, "is_enriched": false, "country_code": nil,
	})
	out, _ = render(t, newJob(t, "chat.sdes", FormatJSONL, nil), in)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{"sde_type": "CART_STATUS", "cart_total": 11.7, "cart_items": 6, "is_authenticated": nil, "server_at": "2015-07-01T15:36:12.045Z"})
	requireValues(t, rows[4], map[string]any{"sde_type": "PERSONAL_INFO", "person_name": "ELI", "birth_year": 1978, "emails": []any{"myname@example.com"}})
	requireValues(t, rows[7], map[string]any{"sde_type": "VIEWED_PRODUCT"})
	requireValues(t, rows[8], map[string]any{"sde_type": "VISITOR_ERROR", "error_message": "Expiration date missing", "error_code": "er100004", "error_resolved": true})
}

// A line without a time would be in no turn: the engagement is refused whole.
func TestAChatLineWithoutATimeIsRefused(t *testing.T) {
	record := []byte(`{"info":{"accountId":"1","engagementId":"12","engagementSequence":0,"startTimeL":1,"endTimeL":2},"transcript":{"lines":[{"source":"agent"}]}}`)
	for _, report := range []string{"chat.engagements", "chat.lines"} {
		_, res := render(t, newJob(t, report, FormatCSV, nil), memory{}.with(t, "engagement_history", record))
		require.Len(t, res.Quarantined, 1, report)
		require.Zero(t, res.Rows)
	}
}

// variedChats returns engagement records of many shapes: private and system lines, equal
// times, numbers as texts, missing parts, placeholders, repeated answers and events.
func variedChats(t testing.TB, seed uint64, n int) [][]byte {
	t.Helper()
	g := varied{rand.New(rand.NewPCG(seed, 9))}
	var out [][]byte
	for i := range n {
		b, err := json.Marshal(g.chat(i))
		require.NoError(t, err)
		out = append(out, b)
	}
	return out
}

func (g varied) chat(i int) object {
	start := int64(1_600_000_000_000) + int64(i)*600_000
	info := object{
		"engagementId": "brand1" + strconv.Itoa(4_294_000_000+i), "accountId": "brand1", "engagementSequence": one[any](g, 0, 1, "2"), "engagementSet": one[any](g, 0, "undefined"),
		"startTimeL": start, "endTimeL": one[any](g, start+int64(g.IntN(900_000)), -1), "chatRequestedTimeL": one[any](g, start-4000, -1, "undefined"), "duration": g.IntN(900),
		"visitorId": one(g, "v1", "undefined"), "visitorName": one(g, nastyTexts...), "startReason": one[any](g, "0", "1", 6, "8", "NA"), "startReasonDesc": one(g, "Transfer", ""),
		"endReason": one[any](g, "101", 106, "201", "202", "205", "208", "210", "999", "null"), "endReasonDesc": "x", "isInteractive": g.chance(50), "agentId": one[any](g, "3", 4, "null"),
		one(g, "agentName", "agentNickName"): one(g, "Nick", "NA"), "agentDeleted": one[any](g, true, "false"), "agentGroupId": one[any](g, -1, 4, "5"), "agentGroupName": one(g, "NA", "Team"),
		"skillId": one[any](g, -1, 7), "skillName": one(g, "undefined", "seven"), "channel": 1, "isPreChatSurvey": g.chance(50), "chatMCS": one[any](g, -1, 55, "70"),
		"mcs": one[any](g, nil, -1, 0), "chatDataEnriched": g.chance(50), "isPartial": false, "chatStartUrl": one(g, "https://x.example/?a,b", "null"),
	}
	if g.chance(50) {
		info["alertedMCS"] = one(g, -1, 1)
	}
	r := object{"info": info, "surveys": g.chatSurveys(), "sdes": object{"events": g.chatEvents(start)}}
	if g.chance(90) {
		r["transcript"], r["lineScores"] = g.chatLines(start)
	}
	if g.chance(60) {
		r["campaign"] = object{"campaignId": "1", "campaignName": one(g, "One", "NA"), "lobId": one[any](g, "-1", -1, 9), "lobName": "NA"}
		r["visitorInfo"] = object{"country": "Ünited", "state": "null", "ipAddress": "undefined"}
		r["coBrowseSessions"] = object{"coBrowseSessionsList": []any{object{"interactive": g.chance(50), "duration": g.IntN(5000)}, object{"isInteractive": g.chance(50)}}}
	}
	return r
}

func (g varied) chatLines(start int64) (transcript, scores any) {
	lines, scored := []any{}, []any{}
	for seq := range g.IntN(14) {
		l := object{
			"timeL": one[any](g, g.moment(start), strconv.FormatInt(g.moment(start), 10)), "source": one(g, "visitor", "agent", "agent", "system"),
			"text": one(g, nastyTexts...), "by": one(g, "info", ""), "agentId": one[any](g, 0, "0", 213), "controlType": 0, "textType": "plain",
			"cannedAnswerType": one[any](g, 0, 0, 55, "-55"), "subType": one(g, "REGULAR", "REGULAR", "ONLY_TO_REP", "undefined"),
		}
		if g.chance(70) {
			l["lineSeq"] = strconv.Itoa(seq * 2)
			scored = append(scored, object{"lineSeq": l["lineSeq"], "mcs": one(g, -1, 30)})
		}
		if g.chance(20) {
			l["json"] = object{"type": "vertical", "n": 1.5}
			delete(l, "text")
		}
		if g.chance(20) {
			delete(l, "subType")
		}
		lines = append(lines, l)
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return object{"lines": lines}, scored
}

func (g varied) chatSurveys() object {
	all := object{}
	for _, kind := range []string{"preChat", "postChat", "operator"} {
		var list []any
		for range g.IntN(3) {
			a := object{"surveyID": one[any](g, "1", 2), "questionID": one(g, "q1", "undefined"), "displayName": "How?", "name": "n", "value": one(g, nastyTexts...), "values": []any{"a", one(g, "b", "")}, "timeL": 1_600_000_000_000, "scope": "Session"}
			if g.chance(80) {
				a["answersId"] = []any{one[any](g, "1", -2, "-2", -1, 0)}
			}
			list = append(list, a)
		}
		if list != nil {
			all[kind] = list
		}
	}
	return all
}

func (g varied) chatEvents(start int64) []any {
	list := []any{}
	at := func() string { return fmt.Sprint(g.moment(start)) }
	wrap := func(s string) any { return one[any](g, s, object{"string": s}) }
	for range g.IntN(5) {
		e := one(g,
			object{"customerInfo": object{"serverTimeStamp": at(), "customerInfo": object{"customerId": "c", "balance": one[any](g, "-4.50", 12, "undefined"), "lastPaymentDate": object{"year": "2024", "month": 2, "day": "9"}, "registrationDate": object{"year": 2020}, "loginStatus": 1}}},
			object{"personalInfo": object{"serverTimeStamp": at(), "originalTimeStamp": at(), "name": "N", "customerAge": object{"customerYearOfBirth": "1980"}, "contacts": []any{object{"personalContact": object{"email": "a@b.example", "phone": "1"}}, object{"personalContact": object{"phone": "2"}}}}},
			object{one(g, "viewProduct", "viewedProduct"): object{"serverTimeStamp": at(), "products": []any{object{"quantity": nil}}}},
			object{one(g, "formFillingError", "visitorError"): object{"serverTimeStamp": at(), "visitorError": object{"message": wrap("bad"), "code": wrap("e1"), "level": "2", "resolved": "true"}}},
			object{"purchase": object{"serverTimeStamp": at(), "total": "11.70", "orderId": "o", "cart": object{"total": "17.8", "products": []any{}, "numItems": "13"}}},
			object{"searchContent": object{"keywords": []any{"a", "b"}}, "sdeType": "SEARCH_CONTENT", "serverTimeStamp": at(), "isAuthenticated": g.chance(50)},
		)
		list = append(list, e)
		if g.chance(20) {
			list = append(list, e)
		}
	}
	return list
}
