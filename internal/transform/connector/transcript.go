// Package connector computes what conversations that we held do not say themselves.
package connector

import (
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Options are how a job writes texts.
type Options struct {
	Zone          *time.Location
	ListDelimiter []byte // between the lines of a transcript
}

// Conversation computes the derived values of one conversation after another.
type Conversation struct {
	Options

	root    jsonrec.Value
	written []byte
}

// Reset goes to the next conversation.
func (c *Conversation) Reset(root jsonrec.Value) { c.root, c.written = root, c.written[:0] }

// Facts are the derived values, by their names in facts.yaml.
var Facts = map[string]func(*Conversation, *cell.Cell){
	"conversation_transcript": (*Conversation).transcript,
}

// lineTime is how lines of transcripts write moments: RFC 3339 with milliseconds.
const lineTime = "2006-01-02T15:04:05.000Z07:00"

// failed is the kind of a message that nobody has got.
const failed = "failed"

func (c *Conversation) transcript(out *cell.Cell) {
	c.written = c.written[:0]
	for m := range c.root.Get("messages").Elements() {
		if string(m.Get("kind").Text()) == failed {
			continue
		}
		if len(c.written) > 0 {
			c.written = append(c.written, c.ListDelimiter...)
		}
		c.appendLine(m)
	}
	out.SetText(c.written)
	out.Kind = cell.Text // an empty transcript is empty, not null (rule N4)
}

func (c *Conversation) appendLine(m jsonrec.Value) {
	at, _ := cell.IntOf(m.Get("sentAt"))
	c.written = time.UnixMilli(at).In(c.Zone).AppendFormat(append(c.written, '['), lineTime)
	c.written = append(append(c.written, "] "...), m.Get("senderKind").Text()...)
	c.written = append(append(c.written, ": "...), said(m)...)
}

// said is the text of a message; of a file its caption, else its path.
func said(m jsonrec.Value) []byte {
	file := m.Get("event").Get("message")
	for _, v := range []jsonrec.Value{m.Get("text"), file.Get("caption"), file.Get("relativePath")} {
		if v.Kind() == jsonrec.String && len(v.Text()) > 0 {
			return v.Text()
		}
	}
	return nil
}
