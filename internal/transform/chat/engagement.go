// Package chat computes the derived values of engagement records of the Engagement History
// API: responses, canned lines, surveys and attributes. What each means is stated in
// internal/report/data/facts.yaml.
package chat

import (
	"cmp"
	"math"
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Engagement is the model of one record. The zero value with Reset is ready; it keeps its
// room from record to record. Not safe for concurrent use.
type Engagement struct {
	root, info jsonrec.Value
	defect     *jsonrec.Defect

	have    struct{ lines, surveys, events bool }
	lines   []line // as in the record
	talk    []int  // indexes of the lines that people wrote for all to see, in order
	answers []answer
	events  []jsonrec.Value
}

// Reset takes the next record.
func (e *Engagement) Reset(root jsonrec.Value) {
	e.root, e.info, e.defect = root, root.Get("info"), nil
	e.have.lines, e.have.surveys, e.have.events = false, false, false
}

// Defect returns the first one found, or nil. Facts of a record with one mean nothing.
func (e *Engagement) Defect() *jsonrec.Defect { return e.defect }

// line is what derived values need of one line of the transcript.
type line struct {
	at, seq int64
	agent   bool  // by the agent, else by the visitor
	canned  int64 // the prepared text; negative: edited
	wait    int64 // R7, on the first line of an agent turn; -1: none
}

func (e *Engagement) loadLines() {
	if e.have.lines {
		return
	}
	e.have.lines = true
	e.lines, e.talk = e.lines[:0], e.talk[:0]
	for v := range e.root.Get("transcript").Get("lines").Elements() {
		at, ok := cell.IntOf(v.Get("timeL"))
		if !ok && e.defect == nil {
			e.defect = &jsonrec.Defect{Path: "$.transcript.lines[].timeL", Reason: "has no time, and must have one (epoch milliseconds)"}
		}
		source := string(v.Get("source").Text())
		seq, ok := cell.IntOf(v.Get("lineSeq"))
		if !ok {
			seq = math.MinInt64 // before those that have one, as rows are sorted
		}
		canned, _ := cell.IntOf(v.Get("cannedAnswerType"))
		visibility := cell.TextOf(v.Get("subType"))
		if visible := visibility == nil || string(visibility) == "REGULAR"; visible && (source == "agent" || source == "visitor") {
			e.talk = append(e.talk, len(e.lines))
		}
		e.lines = append(e.lines, line{at: at, seq: seq, agent: source == "agent", canned: canned, wait: -1})
	}
	slices.SortStableFunc(e.talk, func(i, j int) int {
		a, b := &e.lines[i], &e.lines[j]
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
	e.loadWaits()
}

// loadWaits measures from the first line of each visitor turn to the agent's answer (R7).
func (e *Engagement) loadWaits() {
	asked, begun := int64(0), false
	for n, i := range e.talk {
		l := &e.lines[i]
		first := n == 0 || e.lines[e.talk[n-1]].agent != l.agent
		switch {
		case first && !l.agent:
			asked, begun = l.at, true
		case first && begun:
			l.wait = l.at - asked
		}
	}
}

// firstLine returns the time of the first line of a side at or after place from of talk,
// and its place.
func (e *Engagement) firstLine(agent bool, from int) (at int64, place int, ok bool) {
	e.loadLines()
	for n := from; n < len(e.talk); n++ {
		if l := &e.lines[e.talk[n]]; l.agent == agent {
			return l.at, n, true
		}
	}
	return 0, 0, false
}

// moment reads epoch milliseconds of info; -1 and placeholders are no time (rule N2).
func (e *Engagement) moment(key string) (int64, bool) {
	n, ok := cell.IntOf(e.info.Get(key))
	return n, ok && n != -1
}

func (e *Engagement) span(from, to string) (int64, bool) {
	a, okA := e.moment(from)
	b, okB := e.moment(to)
	return b - a, okA && okB
}
