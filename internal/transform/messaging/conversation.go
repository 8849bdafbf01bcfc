// Package messaging computes the derived values of conversation records of the
// Messaging Interactions API: senders, turns, responses, segments, skills and surveys.
// What each means is stated in internal/report/data/facts.yaml.
//
// Each block is computed once a record, when the first fact asks for it.
package messaging

import (
	"iter"
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Options are what derived values take from the run instead of the record.
type Options struct {
	SkillName func(id []byte) []byte // names a skill that the record does not, or returns nil
	// HandleTimes gives the ends of the segments that the platform measured of an agent in a
	// conversation, in order, with the milliseconds worked; nil where they were not read.
	HandleTimes    func(conversation, agent []byte) iter.Seq2[int64, int64]
	SLThresholdMS  *int64         // the longest wait within the service level; nil: none is given
	Zone           *time.Location // of times within texts
	ListDelimiter  []byte         // between the lines of a transcript
	SystemMessages bool           // transcripts have those, too
	ConsumerNames  bool           // transcripts name consumers, too
}

// Conversation is the model of one record. The zero value with Reset is ready; it keeps
// its room from record to record. Not safe for concurrent use.
type Conversation struct {
	Options

	root   jsonrec.Value
	info   jsonrec.Value
	defect *jsonrec.Defect

	have struct{ agents, dialogs, messages, turns, events, segments, skills, surveys, statuses, scores, skillSegments, elements, sent bool }

	agents   []agent
	dialogs  []dialog
	messages []message // as in the record
	order    []int     // indexes of messages in R2 order
	said     []int     // of those, visible ones of MAIN, not of the system
	turns    []turn
	statuses map[string]receipts
	scores   map[string]int64 // mcs by message

	allTransfers []transfer // as in the record
	transfers    []transfer // of MAIN, in order of time
	interactions []interaction
	segments     []segment
	skills       skillTrack
	answers      answers

	skillSegments   []skillSegment
	written         []byte          // texts made for the record; grows, never overwritten within it
	answerRows      []jsonrec.Value // of survey_answers
	agentSurveyRows []agentSurveyRow
	sdeEvents       []sdeEvent
	elements        []jsonrec.Value  // of the array that the report's rows are, for element
	sent            map[string]int64 // time by message
}

// Reset takes the next record.
func (c *Conversation) Reset(root jsonrec.Value) {
	c.root, c.info, c.defect = root, root.Get("info"), nil
	c.have.agents, c.have.dialogs, c.have.messages = false, false, false
	c.have.turns, c.have.events, c.have.segments = false, false, false
	c.have.skillSegments, c.have.elements, c.have.sent, c.written = false, false, false, c.written[:0]
	c.have.skills, c.have.surveys, c.have.statuses, c.have.scores = false, false, false, false
}

// Defect returns the first one found, or nil. Facts of a record with one mean nothing.
func (c *Conversation) Defect() *jsonrec.Defect { return c.defect }

// timeIn reads the time that an event must have.
func (c *Conversation) timeIn(v jsonrec.Value, list, key string) int64 {
	at, ok := timeOf(v.Get(key))
	if !ok && c.defect == nil {
		c.defect = &jsonrec.Defect{Path: "$." + list + "[]." + key, Reason: "has no time, and must have one (epoch milliseconds)"}
	}
	return at
}

// time reads epoch milliseconds; -1 and placeholders are no time (rule N2).
func timeOf(v jsonrec.Value) (int64, bool) {
	n, ok := cell.IntOf(v)
	return n, ok && n != -1
}

// list yields the elements of a list of the record, which older records have under another name.
func (c *Conversation) list(name, older string) iter.Seq[jsonrec.Value] {
	v := c.root.Get(name)
	if v.Kind() == jsonrec.Null {
		v = c.root.Get(older)
	}
	return v.Elements()
}

func (c *Conversation) startedAt() (int64, bool) { return timeOf(c.info.Get("startTimeL")) }

func (c *Conversation) endedAt() (int64, bool) {
	if t, ok := timeOf(c.info.Get("conversationEndTimeL")); ok {
		return t, true
	}
	return timeOf(c.info.Get("endTimeL"))
}

func (c *Conversation) isOpen() bool { return string(c.info.Get("status").Text()) == "OPEN" }

type dialog struct {
	id   []byte
	main bool
}

// inMain implements R1 for anything that carries a dialogId: what belongs to a dialog
// that the record lists with another type than MAIN is not of the conversation proper;
// a dialogId that is missing or not listed is (published samples hold such messages).
func (c *Conversation) inMain(dialogID []byte) bool {
	if !c.have.dialogs {
		c.have.dialogs, c.dialogs = true, c.dialogs[:0]
		for d := range c.root.Get("dialogs").Elements() {
			kind := cell.TextOf(d.Get("dialogType"))
			c.dialogs = append(c.dialogs, dialog{cell.TextOf(d.Get("dialogId")), kind == nil || string(kind) == "MAIN"})
		}
	}
	if dialogID == nil {
		return true
	}
	for _, d := range c.dialogs {
		if string(d.id) == string(dialogID) {
			return d.main
		}
	}
	return true
}
