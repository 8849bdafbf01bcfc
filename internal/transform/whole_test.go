package transform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// wholeRecords returns n varied records with the sections that varied.records leaves
// out; what both have is the same.
func wholeRecords(t testing.TB, seed uint64, n int) [][]byte {
	t.Helper()
	plain, g := newVaried(seed), varied{rand.New(rand.NewPCG(seed, 8))}
	var out [][]byte
	for i := range n {
		r := plain.conversation(i)
		g.complete(r)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		out = append(out, b)
	}
	return out
}

// complete adds what reports about single sections read.
func (g varied) complete(r object) {
	info := r["info"].(object)
	id, start := info["conversationId"].(string), info["startTimeL"].(int64)
	if g.chance(50) {
		info["conversationEndTimeL"] = g.moment(start) // often that of an event
	}
	info["fullDialogStatus"], info["fullDialogEndTimeL"] = one(g, "OPEN", "CLOSE", "undefined"), one(g, g.moment(start), -1)
	info["latestAgentId"], info["latestAgentLoginName"] = one(g, "101", "null"), one(g, "login101", "NA")
	g.stays(r, id, start)
	g.questions(r, id)
	g.single(r, id, start)
	for _, c := range each(r["consumerParticipants"]) {
		c["consumerName"] = one(g, "Visitor", "undefined")
	}
	for _, m := range each(r["messageRecords"]) {
		if g.chance(20) {
			m["type"] = one(g, "HOSTED_FILE", "SECURE_FORM_SUBMIT", "SECURE_FORM_INVITATION")
		}
	}
	for _, i := range each(r["interactions"]) {
		i[one(g, "assignedAgentLoginName", "agentLoginName")] = one(g, "login", "NA")
		i["assignedAgentFullName"] = one(g, "Agent Full", "null")
	}
	for _, t := range each(r["transfers"]) {
		t["by"] = one(g, "101", "null")
		t["assignedAgentId"] = one(g, "102", "null", "undefined")
		t["assignedAgentNickname"] = one(g, "nick", "")
	}
}

// stays dates the participations, repeats some of them, and ends some.
func (g varied) stays(r object, id string, start int64) {
	list, _ := r["agentParticipants"].([]any)
	var left []any
	for _, p := range each(r["agentParticipants"]) {
		p["timeL"] = g.moment(start)
		p["dialogId"], p["agentNickname"], p["agentDeleted"], p["role"] = g.dialog(id), one(g, "nick", "undefined"), g.chance(50), "AGENT"
		p["agentGroupName"] = one(g, "Team", "NA")
		for g.chance(30) {
			again := object{}
			for k, v := range p {
				again[k] = v
			}
			again["timeL"] = one(g, p["timeL"].(int64), g.moment(start))
			again["agentGroupId"] = one(g, 7, 8)
			list = append(list, again)
		}
		if g.chance(60) {
			left = append(left, object{"agentId": p["agentId"], "timeL": g.moment(start)})
		}
	}
	if list != nil {
		r["agentParticipants"], r["agentParticipantsLeave"] = list, left
	}
}

// questions names the surveys and their questions, most of them.
func (g varied) questions(r object, id string) {
	for i, s := range each(r["conversationSurveys"]) {
		s["dialogId"], s["surveyType"] = id+"-s", one(g, "PostSurvey", "Satisfaction", "Other", "undefined")
		if g.chance(70) {
			s["surveyId"] = one(g, 900, 901)
		}
		for k, a := range each(s["surveyData"]) {
			a["question"], a["questionFormat"] = one(g, nastyTexts...), one(g, "single", "open")
			if g.chance(60) {
				a["questionId"], a["answerSeq"] = fmt.Sprint("q", i), k
			}
			if g.chance(20) {
				delete(a, "isValidAnswer")
			}
		}
	}
}

// each returns the objects of a list made by varied.
func each(list any) (out []object) {
	all, _ := list.([]any)
	for _, v := range all {
		out = append(out, v.(object))
	}
	return out
}

// accountUsers are those that know the varied records' agents.
func accountUsers() (out [][]byte) {
	for i, id := range agentIDs {
		out = append(out, fmt.Appendf(nil, `{"id":%s,"loginName":"login%s","employeeId":%q}`, id, id, []string{"E-1", "", "undefined", "E-4", "E-5"}[i]))
	}
	return out
}
