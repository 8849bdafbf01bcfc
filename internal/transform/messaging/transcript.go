package messaging

import (
	"time"

	"transporter/internal/transform/cell"
)

var transcriptFacts = map[string]Fact{
	"transcript":          transcriptOf(func(*message) bool { return true }),
	"transcript_consumer": transcriptOf(isConsumer),
	"transcript_agent":    transcriptOf(isAgent),
	"transcript_messages": countOf(func(c *Conversation) int64 {
		var n int64
		c.transcribed(func(*message) { n++ })
		return n
	}),
	"transcript_has_files":        transcriptHas("HOSTED_FILE"),
	"transcript_has_rich_content": transcriptHas("RICH_CONTENT"),
	"transcript_has_secure_form":  transcriptHas("SECURE_FORM_INVITATION", "SECURE_FORM_SUBMIT"),
	"transcript_truncated":        boolOf(func(*Conversation) bool { return false }), // no format of this version cuts a cell
}

// transcribed calls yield with the messages of the transcript: those of MAIN, of every
// audience, in R2 order; those of system senders only if the options say so.
func (c *Conversation) transcribed(yield func(*message)) {
	c.loadMessages()
	for _, i := range c.order {
		if m := &c.messages[i]; m.main && (m.kind != system || c.SystemMessages) {
			yield(m)
		}
	}
}

func transcriptHas(types ...string) Fact {
	return boolOf(func(c *Conversation) bool {
		var has bool
		c.transcribed(func(m *message) {
			of := string(m.value.Get("type").Text())
			for _, t := range types {
				has = has || of == t
			}
		})
		return has
	})
}

// lineTime is how lines of transcripts write moments: RFC 3339 with milliseconds.
const lineTime = "2006-01-02T15:04:05.000Z07:00"

func transcriptOf(side func(*message) bool) Fact {
	return func(c *Conversation, _ int, out *cell.Cell) {
		from := len(c.written)
		c.transcribed(func(m *message) {
			if !side(m) {
				return
			}
			if len(c.written) > from {
				c.written = append(c.written, c.ListDelimiter...)
			}
			c.written = c.appendLine(c.written, m)
		})
		out.SetText(c.written[from:len(c.written):len(c.written)])
		out.Kind = cell.Text // an empty transcript is empty, not null (rule N4)
	}
}

// appendLine writes "[sent_at] sender_kind/sender_name: text"; without a name there is
// no "/" either.
func (c *Conversation) appendLine(dst []byte, m *message) []byte {
	dst = time.UnixMilli(m.at).In(c.Zone).AppendFormat(append(dst, '['), lineTime)
	dst = append(append(dst, "] "...), kindTexts[m.kind]...)
	if name := c.nameOf(m); name != nil {
		dst = append(append(dst, '/'), name...)
	}
	return append(append(dst, ": "...), m.value.Get("messageData").Get("msg").Get("text").Text()...)
}

// nameOf returns the full name of the agent who wrote the message; that of a consumer
// only if the options say so.
func (c *Conversation) nameOf(m *message) []byte {
	if m.kind != consumer {
		if a := c.firstParticipation(m.agent); a != nil {
			return cell.TextOf(a.value.Get("agentFullName"))
		}
		return nil
	}
	if !c.ConsumerNames {
		return nil
	}
	id := m.value.Get("participantId").Text()
	for p := range c.list("consumerParticipants", "consumerParticipant") {
		if string(p.Get("participantId").Text()) == string(id) {
			return cell.TextOf(p.Get("consumerName"))
		}
	}
	return nil
}
