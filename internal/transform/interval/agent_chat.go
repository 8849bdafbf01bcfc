package interval

import (
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// States of the Operational Realtime API, method agentactivity.
const (
	chatOnline   = "2"
	chatLoggedIn = "-1" // the sum of all states
)

// chat counts an interval of five minutes of the Operational Realtime API: the one that it
// begins in is what it is counted for.
func (f *Agents) chat(root jsonrec.Value) error {
	at, err := time.Parse(time.RFC3339, string(root.Get("interval_start").Text()))
	if err != nil {
		return &jsonrec.Defect{Path: "$.interval_start", Reason: "has no time, and must have one"}
	}
	agents := root.Get("response").Get("metricsData").Get("agentsMetrics").Get("metricsPerAgent")
	for id, states := range agents.Members() {
		if !f.counts(id, "") {
			continue
		}
		t := f.table.at(id, at.UnixMilli())
		if t == nil {
			return nil
		}
		if t.chat == nil {
			t.chat = &chatTally{}
		}
		for state := range states.Elements() {
			t.chat.add(state)
		}
	}
	return nil
}

func (c *chatTally) add(state jsonrec.Value) {
	seconds := func(name string) int64 {
		n, _ := cell.IntOf(state.Get("value").Get(name))
		return n
	}
	switch string(state.Get("id").Text()) {
	case chatOnline:
		c.online += seconds("total")
	case chatLoggedIn:
		c.chatting += seconds("chatting")
		c.most += seconds("chattingInMaxConcurrency")
	}
}
