package transform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

type object = map[string]any

// varied makes conversation records of many shapes: dirty ids, missing sections,
// surveys, bots, system messages, private notes, transfers of every kind, odd texts.
type varied struct{ *rand.Rand }

func newVaried(seed uint64) varied { return varied{rand.New(rand.NewPCG(seed, 7))} }

func (g varied) chance(percent int) bool { return g.IntN(100) < percent }

func one[T any](g varied, of ...T) T { return of[g.IntN(len(of))] }

// records returns n records as compact JSON, one after another in time.
func (g varied) records(t testing.TB, n int) [][]byte {
	t.Helper()
	var out [][]byte
	for i := range n {
		b, err := json.Marshal(g.conversation(i))
		require.NoError(t, err)
		out = append(out, b)
	}
	return out
}

var (
	nastyTexts = []string{
		"Hello, how can I help?", "ça va — “très” bien", "line one\r\nline two\nline three", "שלום, مرحبا",
		`she said "no", twice`, "👩‍👩‍👧‍👦 🇨🇭 👍🏽", "a,b;c\td", "", "undefined", "NA", "=1+1", "-5", "\u2028 \u00a0 \ufeff", "tab\tand\x01control",
	}
	agentIDs = []string{"101", "102", "103", "104", "105"}
	kindsOf  = object{"101": "1", "102": 1, "103": "2", "104": "0"} // 105 is in no participant list with a known type
)

func (g varied) conversation(i int) object {
	id := fmt.Sprintf("conv-%06d", i)
	start := int64(1_600_000_000_000) + int64(i)*600_000
	end := start + int64(g.IntN(7_200_000))
	info := object{
		"startTimeL": start, "conversationId": id, "brandId": "brand-1", "status": one(g, "OPEN", "CLOSE", "CLOSE", "CLOSE"),
		"latestSkillId": one[any](g, -1, 7, "8"), "latestSkillName": one(g, "Unassigned", "seven", "undefined"),
		"closeReason": one(g, "AGENT", "CONSUMER", "SYSTEM", "undefined"), "mcs": one[any](g, -1, 50, "77"),
		"source": one(g, "SHARK", "APP", "SMS", "NA"), "device": one(g, "undefined", "DESKTOP"), "duration": g.IntN(100000),
		"alertedMCS": one(g, -1, 0, 1), "isPartial": false,
	}
	if g.chance(80) {
		info["conversationEndTimeL"] = one(g, end, end, -1)
	}
	info["endTimeL"] = one[any](g, end+1000, -1, "undefined")
	if g.chance(20) {
		info[one(g, "csat", "csatRate")] = g.IntN(6)
	}
	r := object{"info": info, "summary": object{"text": one(g, nastyTexts...)}}
	dialogs := []any{
		object{"dialogId": id, "dialogType": "MAIN", "skillId": 9, "skillName": "nine"},
		object{"dialogId": id + "-s", "dialogType": "POST_SURVEY"},
	}
	if g.chance(85) {
		r["dialogs"] = dialogs
	}
	g.participants(r)
	g.events(r, id, start)
	g.messages(r, id, start)
	g.surveys(r)
	if g.chance(50) {
		r["monitoring"] = object{"device": one(g, "NA", "MOBILE"), "countryCode": "CH", "ipAddress": "undefined"}
	}
	return r
}

func (g varied) participants(r object) {
	var agents []any
	for _, id := range agentIDs {
		if g.chance(70) {
			agents = append(agents, object{
				"agentId": id, "userType": kindsOf[id], "agentFullName": one(g, "Agent "+id, "NA"), "agentLoginName": "login" + id,
				"agentGroupId": one[any](g, -1, 4, "5"), "permission": one(g, "ASSIGNED_AGENT", "READER", "AGENT_MANAGER", "undefined"),
			})
		}
	}
	if g.chance(90) {
		r["agentParticipants"] = agents
	}
	r["consumerParticipants"] = []any{object{
		"participantId": "consumer-1", "firstName": one(g, "Visitor", "undefined"), "lastName": one(g, "Test", "null"), "email": "undefined", "phone": "0",
	}}
}

// grid makes events of one conversation fall on the same millisecond now and then.
const grid = 40_000

func (g varied) moment(start int64) int64 { return start + int64(g.IntN(30))*grid }

func (g varied) dialog(id string) string {
	return one(g, id, id, id, id, id+"-s", "not-listed", "undefined")
}

func (g varied) events(r object, id string, start int64) {
	var interactions, transfers, changes []any
	at := start
	for seq := range g.IntN(4) {
		at += int64(g.IntN(10)) * grid
		interactions = append(interactions, object{"assignedAgentId": one(g, agentIDs...), "interactionTimeL": at, "interactiveSequence": seq + 1, "dialogId": g.dialog(id)})
	}
	for range g.IntN(4) {
		t := object{
			"timeL": g.moment(start), "reason": one(g, "Skill", "Agent", "back2Q", "SuggestedAgentTimeout", "TakeOver"),
			"sourceSkillId": one(g, -1, 1, 2), "sourceSkillName": one(g, "NA", "from"), "sourceAgentId": one(g, append(agentIDs, "null")...), "dialogId": g.dialog(id),
			"targetSkillId": one(g, 1, 2, 3), "targetSkillName": one(g, "to", "undefined"),
			"contextData": object{"structuredMetadata": []any{object{"botResponse": object{}}, object{"actionReason": object{"reason": one(g, "hard", "easy")}}}},
		}
		if g.chance(30) {
			delete(t, "targetSkillId")
		}
		transfers = append(transfers, t)
	}
	for range g.IntN(2) {
		changes = append(changes, object{"timeL": g.moment(start), "newSkillId": one(g, 5, 6), "newSkillName": "changed", "prevSkillId": 1})
	}
	r["interactions"], r["transfers"] = interactions, transfers
	if g.chance(50) {
		r["skillChanges"] = changes
	}
}

func (g varied) messages(r object, id string, start int64) {
	var list, scores, states, intents []any
	at := start
	for seq := range g.IntN(14) {
		at += int64(g.IntN(3)) * grid
		m := object{
			"messageId": fmt.Sprintf("%s::%d", id, seq), "seq": one[any](g, seq, fmt.Sprint(seq)), "timeL": at, "type": one(g, "TEXT_PLAIN", "RICH_CONTENT", "LINK"),
			"dialogId": g.dialog(id), "audience": one(g, "ALL", "ALL", "ALL", "AGENTS_AND_MANAGERS"), "messageData": g.content(),
		}
		if g.chance(10) {
			delete(m, "audience")
		}
		if m["sentBy"] = one(g, "Consumer", "consumer", "Agent", "Agent"); m["sentBy"] == "Agent" {
			m["participantId"] = one(g, append(agentIDs, "undefined")...)
			m["contextData"] = one(g, object{"structuredMetadata": []any{object{"botResponse": object{"externalConversationId": "ext", "intents": []any{object{"id": "i1", "name": "pay", "confidenceScore": 0.753}}}}, object{"actionReason": object{"reason": "because"}}}}, object{})
		} else {
			m["participantId"] = "consumer-1"
		}
		list = append(list, m)
		scores = append(scores, object{"messageId": m["messageId"], "mcs": one(g, -1, 40, 90), "messageRawScore": g.IntN(5) - 2})
		states = append(states, object{"messageId": m["messageId"], "timeL": at + int64(g.IntN(5000)), "messageDeliveryStatus": one(g, "ACCEPT", "READ"), "participantType": one(g, "Agent", "Consumer"), "participantId": one(g, "101", "consumer-1")})
		if g.chance(20) {
			intents = append(intents, object{"messageId": m["messageId"], "selectedClassification": object{"intentLabel": "label"}})
		}
	}
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	r["messageRecords"], r["messageScores"], r["messageStatuses"], r["intents"] = list, scores, states, intents
}

func (g varied) content() object {
	switch g.IntN(7) {
	case 0:
		return object{"richContent": object{"content": `{"type": "text", "n": [1, -2.5], "text": "a\n\"b\" — 😀"}`}}
	case 1:
		return object{"quickReplies": object{"content": "not json {"}, "msg": object{"text": "choose"}}
	case 2:
		return object{"link": object{"externalFileLink": "https://example.org/a,b", "fileType": "PDF"}}
	case 3:
		return object{"secureForm": object{"formId": "f1", "formName": "Card", "invitationId": "inv", "submissionId": "sub"}}
	case 4:
		return object{"file": object{"relativePath": "/a/b.png", "fileType": "PNG", "caption": one(g, nastyTexts...)}}
	}
	return object{"msg": object{"text": one(g, nastyTexts...)}}
}

func (g varied) surveys(r object) {
	if g.chance(50) {
		return
	}
	var answers []any
	for range g.IntN(5) {
		kind := one(g, "csat", "nps", "fcr", "custom")
		answer := map[string]any{"csat": one[any](g, "4", 5, "9", "good"), "nps": one[any](g, "0", 10, "7"), "fcr": one(g, "yes", "No", "1", "maybe"), "custom": "x"}[kind]
		a := object{"questionType": kind, "answer": answer, "isValidAnswer": g.chance(80)}
		if g.chance(10) {
			a["answerId"] = "InvalidAnswer"
		}
		answers = append(answers, a)
	}
	r["conversationSurveys"] = []any{object{"surveyStatus": "FILLED", "surveyData": answers}, object{"surveyStatus": one(g, "CLOSED", "undefined")}}
}
