// Package answer makes records of what the live APIs answer. The meaning of their numbers depends on
// when, and for which time, they were asked for, so a record holds that beside an element of the
// answer, which stays as it came. It is all a matter of the answer and of what was asked: the source
// makes the records of a run by it, and whoever reads an answer from a file makes the same.
package answer

import (
	"fmt"
	"time"
)

// Bucket is how long the shortest intervals are, in milliseconds: what the live APIs collect events in
// (Operational Realtime API, overview), and what a run asks for.
const Bucket = int64(5 * time.Minute / time.Millisecond)

// Time says which time an element is about. What its timestamp means differs from method to method.
type Time int

// The times that elements are about.
const (
	// Moment: that of the call.
	Moment Time = iota
	// Back: the time before the call, as long as the window.
	Back
	// Since: the time from the window's begin, or the last mark of five minutes before, to the call
	// (Operational Realtime API, "timeframe").
	Since
	// Window: the window.
	Window
	// End: an interval that ends at the timestamp, a mark of five minutes; the earliest of an answer may
	// be short (Operational Realtime API; Messaging Conversation).
	End
	// Start: an interval that starts at the timestamp, as asked for (Messaging Queue Health, v=2).
	Start
	// Unrounded: so too, counted back from the moment of the call to the millisecond (Skill Segments,
	// Agent Segments).
	Unrounded
	// Point: the time before the timestamp, as long as points are apart (Key Messaging Metrics API, Historical).
	Point
)

// Shape says how the elements lie in an answer, and which time they are about.
type Shape struct {
	Within string // the object that holds the array; empty: the answer does
	Array  string // of the elements; empty: the answer is the one
	Key    string // the member that identifies an element; empty: its time, or that it is the only one
	Of     Time
	// One of these members is in an answer that is its own only element.
	Members []string
	// Rows by intervals are counted from this member of an interval, which is there if that was asked for.
	By, ByAsking string
}

// intervals is where the operations APIs have the elements of intervals.
const intervals = "metricsByIntervals"

// counts are the members that the operations APIs count under: by skill, by agent and in all.
var counts = []string{"skillsMetrics", "skillsMetricsPerAgent", "agentsMetrics", "metricsTotals", "metricsTotal"}

var shapes = map[string]Shape{
	"ops_msgqueuehealth":   {Array: intervals, Of: Start, Members: counts, By: "skillsMetrics", ByAsking: allSkills},
	"ops_msgconversation":  {Array: intervals, Of: End, Members: counts, By: "skillsMetricsPerAgent", ByAsking: allSkills},
	"ops_msgskillsegments": {Array: intervals, Of: Unrounded, Members: counts},
	"ops_msgagentsegments": {Array: intervals, Of: Unrounded, Members: counts},
	"rt_queuehealth":       {Array: intervals, Of: End, Members: counts, By: "skillsMetrics", ByAsking: allSkills},
	"rt_engactivity":       {Array: intervals, Of: End, Members: counts, By: "skillsMetricsPerAgent", ByAsking: allSkills},
	"rt_agentactivity":     {Array: intervals, Of: End, Members: counts, By: "agentsMetrics", ByAsking: "agentIds=all"},

	"ops_msgqueuehealth_current": {Members: counts},
	"ops_msgcsat":                {Of: Back, Members: counts},
	"ops_msgewt":                 {Array: "estimatedWaitTimeResponse", Key: "skillId"},
	"rt_queuestate":              {Members: []string{"skills", "totals"}},
	"rt_sla":                     {Of: Back, Members: []string{"slaDataRange"}},
	bySkill:                      {Of: Since, Members: []string{"slaDataRange"}},

	"agentmetrics_status":  {Array: "agentStatusRecords", Key: "agentId"},
	"agentmetrics_summary": {Members: []string{"summaryResults"}},
	"kmm_metrics":          {Within: "groupBy", Array: "groups", Key: "key", Of: Window},
	"kmm_agent_view":       {Array: "agentViewRecords", Key: "agentId", Of: Window},
	"kmm_historical":       {Array: "historicalMetricsIntervals", Of: Point},
}

const allSkills = "skillIds=all"

// bySkill is the resource whose answers are about one skill each, which they do not name.
const bySkill = "rt_sla_by_skill"

// Of returns the shape of the answers of a live resource. It panics where there is none: the names of
// resources are constants of the adapter.
func Of(resource string) Shape {
	s, ok := shapes[resource]
	if !ok {
		panic(fmt.Sprintf("answer: no shape of %s", resource))
	}
	return s
}
