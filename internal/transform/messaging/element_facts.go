package messaging

import (
	"bytes"
	"strconv"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Facts about the elements of $.intents, $.messageStatuses and of the list of co-browse
// sessions. A report has the rows of one array, so one list of them is kept.
var elementFacts = map[string]Fact{
	"intent_runner_up_label": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if second, ok := runnerUp(c.element(row, "intents")); ok {
			out.SetText(second.Get("intentLabel").Text())
		}
	},
	"intent_runner_up_confidence": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if second, ok := runnerUp(c.element(row, "intents")); ok {
			if f, ok := confidence(second); ok {
				out.SetDouble(f)
			}
		}
	},
	"intent_skill_id": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if at, ok := c.sentAt(c.element(row, "intents")); ok {
			out.SetText(c.skillAt(at))
		}
	},
	"intent_agent_id": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if at, ok := c.sentAt(c.element(row, "intents")); ok {
			out.SetText(c.agentAt(at))
		}
	},
	"status_latency_ms": elapsedOf(func(c *Conversation, row int) (int64, bool) {
		v := c.element(row, "messageStatuses")
		reported, okReported := timeOf(v.Get("timeL"))
		sent, okSent := c.sentAt(v)
		return reported - sent, okReported && okSent
	}),
	"cobrowse_has_voice": cobrowseHas("VOICE"),
	"cobrowse_has_video": cobrowseHas("VIDEO"),
}

// element returns the row'th element of the array at the keys.
func (c *Conversation) element(row int, keys ...string) jsonrec.Value {
	if !c.have.elements {
		c.have.elements, c.elements = true, c.elements[:0]
		list := c.root
		for _, k := range keys {
			list = list.Get(k)
		}
		for v := range list.Elements() {
			c.elements = append(c.elements, v)
		}
	}
	return c.elements[row]
}

// sentAt returns when the message that v names in messageId was sent.
func (c *Conversation) sentAt(v jsonrec.Value) (int64, bool) {
	c.loadMessages()
	if !c.have.sent {
		c.have.sent = true
		clear(c.sent)
		for i := range c.messages {
			if c.sent == nil {
				c.sent = map[string]int64{}
			}
			if m := &c.messages[i]; m.id != nil {
				if _, twice := c.sent[string(m.id)]; !twice {
					c.sent[string(m.id)] = m.at
				}
			}
		}
	}
	at, ok := c.sent[string(v.Get("messageId").Text())]
	return at, ok
}

// agentAt returns the agent of the last segment that the moment is in, nil if none.
func (c *Conversation) agentAt(at int64) []byte {
	c.loadSegments()
	for i := len(c.segments) - 1; i >= 0; i-- {
		if s := &c.segments[i]; s.span().has(at) {
			return s.agent
		}
	}
	return nil
}

// runnerUp returns the classification of the highest confidence that is another intent
// than the selected one; of equals the first.
func runnerUp(intent jsonrec.Value) (jsonrec.Value, bool) {
	selected := intent.Get("selectedClassification").Get("intentName").Text()
	var second jsonrec.Value
	best, found := 0.0, false
	for v := range intent.Get("allClassifications").Elements() {
		f, ok := confidence(v)
		if ok && selected != nil && !bytes.Equal(v.Get("intentName").Text(), selected) && (!found || f > best) {
			second, best, found = v, f, true
		}
	}
	return second, found
}

func confidence(v jsonrec.Value) (float64, bool) {
	f, err := strconv.ParseFloat(string(cell.TextOf(v.Get("confidenceScore"))), 64)
	return f, err == nil
}

func cobrowseHas(capability string) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		var has bool
		for v := range c.element(row, "coBrowseSessions", "coBrowseSessionsList").Get("capabilities").Elements() {
			has = has || bytes.Contains(bytes.ToUpper(v.Text()), []byte(capability))
		}
		out.SetBool(has)
	}
}
