package interval

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// net takes what the Net Handle Time API counts by the hour, where the interval is that hour.
func (f *Skills) net(root jsonrec.Value) error {
	skill, hours := cell.TextOf(root.Get("skillId")), root.Get("metricsByIntervals")
	for m := range hours.Elements() { // all of them before any counts
		if _, ok := cell.IntOf(m.Get("epochTimestamp")); skill == nil || !ok {
			return &jsonrec.Defect{Path: "$.metricsByIntervals[].epochTimestamp", Reason: "has no time, and must have one (epoch milliseconds)"}
		}
	}
	for m := range hours.Elements() {
		at, _ := cell.IntOf(m.Get("epochTimestamp"))
		i, ok := f.Axis.At(at)
		if !ok {
			continue
		}
		if from, to := f.Axis.Bounds(i); from == at && to-from == time.Hour.Milliseconds() {
			t := f.table.in(skill, i)
			t.netHandle, t.load = milliseconds(m.Get("netHandleTime")), counted(m.Get("avgAvailableLoad"))
		}
	}
	return nil
}

// counted returns a number of the live APIs; nil for -1, which stands for none (rule N2).
func counted(v jsonrec.Value) json.RawMessage {
	if n, ok := cell.IntOf(v); v.Kind() != jsonrec.Number || ok && n == -1 {
		return nil
	}
	return v.AppendCompact(nil)
}

// milliseconds returns a number that the source gives in seconds, with fractions, to the nearest
// millisecond.
func milliseconds(v jsonrec.Value) json.RawMessage {
	seconds, err := strconv.ParseFloat(string(counted(v)), 64)
	if err != nil {
		return nil
	}
	return strconv.AppendInt(nil, int64(math.Round(seconds*float64(time.Second.Milliseconds()))), 10)
}

// queue takes how many conversations waited in five minutes of the Messaging Operations API:
// the first five minutes of an interval stand for its start, the last for its end.
func (f *Skills) queue(root jsonrec.Value) error {
	at, length, err := fiveMinutes(root)
	if err != nil {
		return err
	}
	i, ok := f.Axis.At(at)
	if !ok {
		return nil
	}
	from, to := f.Axis.Bounds(i)
	for skill, q := range bySkill(root).Members() {
		t := f.table.in(skill, i)
		if at == from {
			t.backlogStart = counted(q.Get("unassignedConversations"))
		}
		if at+length == to {
			t.backlogEnd, t.actionableEnd = counted(q.Get("unassignedConversations")), counted(q.Get("actionableConversations"))
		}
	}
	return nil
}

// resolved sums the conversations that the Messaging Operations API says were closed.
func (f *Skills) resolved(root jsonrec.Value) error {
	at, _, err := fiveMinutes(root)
	if err != nil {
		return err
	}
	i, ok := f.Axis.At(at)
	if !ok {
		return nil
	}
	per := root.Get("response").Get("metricsData").Get("skillsMetricsPerAgent").Get("metricsPerSkill")
	for skill, m := range per.Members() {
		if n, ok := cell.IntOf(m.Get("metricsTotals").Get("totalResolvedConversations")); ok && n > 0 {
			f.table.in(skill, i).resolved += n
		}
	}
	return nil
}

// bySkill finds the numbers of each skill, also where the API leaves out the layer around them.
func bySkill(root jsonrec.Value) jsonrec.Value {
	response := root.Get("response")
	if inner := response.Get("metricsData").Get("skillsMetrics"); inner.Kind() == jsonrec.Object {
		return inner
	}
	return response.Get("skillsMetrics")
}

// fiveMinutes returns the start and the length of the interval that a record of the live APIs
// is about.
func fiveMinutes(root jsonrec.Value) (from, length int64, err error) {
	start, err1 := time.Parse(time.RFC3339, string(root.Get("interval_start").Text()))
	end, err2 := time.Parse(time.RFC3339, string(root.Get("interval_end").Text()))
	if err1 != nil || err2 != nil {
		return 0, 0, &jsonrec.Defect{Path: "$.interval_start", Reason: "is no time as RFC 3339 writes it"}
	}
	return start.UnixMilli(), end.Sub(start).Milliseconds(), nil
}
