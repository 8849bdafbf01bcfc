package live

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Act is something that an agent or manager of the brand does in a conversation.
type Act struct {
	Act     string `json:"act"`               // one of actNames
	Agent   string `json:"agent,omitempty"`   // name; default: who has the conversation, else agent-1
	AfterMS int64  `json:"afterMs,omitempty"` // do it that much later, at a tick

	Role         string          `json:"role,omitempty"`         // join: MANAGER (default) or READER
	Text         string          `json:"text,omitempty"`         // say; caption of file; title of form
	Private      bool            `json:"private,omitempty"`      // say, rich, file: for agents and managers only
	Replies      []string        `json:"replies,omitempty"`      // say, rich: quick replies
	Content      json.RawMessage `json:"content,omitempty"`      // rich: structured content
	QuickReplies json.RawMessage `json:"quickReplies,omitempty"` // rich: instead of replies, as they are
	Metadata     []any           `json:"metadata,omitempty"`     // say, rich, file
	Data         []byte          `json:"data,omitempty"`         // file: an image in base64; default: a made-up one
	ChatState    string          `json:"chatState,omitempty"`    // type; default COMPOSING
	Status       string          `json:"status,omitempty"`       // mark; default READ
	Sequences    []int           `json:"sequences,omitempty"`    // mark; default: all that the consumer said and was not accepted, or read
	Skill        string          `json:"skill,omitempty"`        // transfer: to a queue
	To           string          `json:"to,omitempty"`           // transfer: to another agent
	TTR          *TTR            `json:"ttr,omitempty"`          // ttr
}

// actNames are what can be done.
var actNames = []string{"accept", "join", "leave", "say", "rich", "file", "form", "type", "mark", "transfer", "ttr", "close"}

// do does what an act of a known name says.
func (e *Engine) do(c *conversation, a *Act) error {
	switch a.Act {
	case "accept":
		return e.accept(c, a)
	case "join":
		return e.join(c, a)
	case "leave":
		return e.leave(c, a)
	case "say":
		return e.say(c, a)
	case "rich":
		return e.rich(c, a)
	case "file":
		return e.sendFile(c, a)
	case "form":
		return e.sendForm(c, a)
	case "type":
		return e.compose(c, a)
	case "mark":
		return e.mark(c, a)
	case "transfer":
		return e.pass(c, a)
	case "ttr":
		return e.prioritize(c, a)
	}
	return e.finish(c, a)
}

// defaultAgent acts where no name is given and nobody has the conversation.
const defaultAgent = "agent-1"

// Act does the acts one after the other, up to the first that cannot be done. Those that come
// later are only noted; when they cannot be done then, the record says so.
func (e *Engine) Act(account, id string, list ...Act) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.conversations[id]
	if c == nil || c.account != account {
		return invalid("conversation: %q is unknown", id)
	}
	for i := range list {
		a := &list[i]
		if !slices.Contains(actNames, a.Act) {
			return invalid("acts[%d].act: %q must be one of %v", i, a.Act, actNames)
		}
		if a.AfterMS > 0 {
			e.later(time.Duration(a.AfterMS)*time.Millisecond, c, *a)
			continue
		}
		if err := e.do(c, a); err != nil {
			return fmt.Errorf("acts[%d]: %w", i, err)
		}
	}
	return nil
}

// later puts an act on the agenda.
func (e *Engine) later(after time.Duration, c *conversation, a Act) {
	e.agenda.add(e.config.Now().Add(after), func() {
		if err := e.do(c, &a); err != nil {
			c.failures = append(c.failures, a.Act+": "+err.Error())
		}
	})
}

// actor returns who acts, who must take part in the open main dialog.
func (e *Engine) actor(c *conversation, a *Act) (Participant, error) {
	if c.state() == stateClose {
		return Participant{}, ErrClosed
	}
	if a.Agent == "" {
		if p, ok := c.assigned(); ok {
			return p, nil
		}
	}
	name := cmp.Or(a.Agent, defaultAgent)
	p, ok := c.main().participant(ParticipantID(c.account, name))
	if !ok {
		return p, invalid("agent: %s does not take part; accept or join first", name)
	}
	return p, nil
}
