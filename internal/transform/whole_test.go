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
	g.stays(r, id, start)
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
