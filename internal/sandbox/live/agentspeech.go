package live

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

type richEvent struct {
	Type         string          `json:"type"`
	Content      json.RawMessage `json:"content"`
	QuickReplies any             `json:"quickReplies,omitempty"`
}

type chatStateEvent struct {
	Type      string `json:"type"`
	ChatState string `json:"chatState"`
}

type acceptEvent struct {
	Type         string `json:"type"`
	Status       string `json:"status"`
	SequenceList []int  `json:"sequenceList"`
}

type fileEvent struct {
	Type        string     `json:"type"`
	Message     hostedFile `json:"message"`
	ContentType string     `json:"contentType"`
}

type formEvent struct {
	Type        string     `json:"type"`
	Message     invitation `json:"message"`
	ContentType string     `json:"contentType"`
}

type invitation struct {
	FormID       string `json:"formId"`
	InvitationID string `json:"invitationId"`
	Title        string `json:"title"`
}

func (a *Act) audience() string {
	if a.Private {
		return audiencePrivate
	}
	return audienceAll
}

// offered are the act's quick replies, whose clicks repeat their number as an external id.
func (a *Act) offered() *quickReplies {
	if len(a.Replies) == 0 {
		return nil
	}
	return offer(a.Replies, func(i int) any { return map[string]string{"type": "ExternalId", "id": strconv.Itoa(i + 1)} })
}

// contribute sends what an agent has to say; what the consumer can see is an answer.
func (e *Engine) contribute(c *conversation, a *Act, event any) error {
	who, err := e.actor(c, a)
	switch {
	case err != nil:
		return err
	case who.Role == RoleReader:
		return invalid("agent: a reader does not speak")
	}
	e.send(c, c.main(), who, event, a.Metadata, a.audience())
	if !a.Private {
		c.answered()
	}
	return nil
}

func (e *Engine) say(c *conversation, a *Act) error {
	if a.Text == "" {
		return invalid("text: is required to say")
	}
	return e.contribute(c, a, textEvent{Type: eventContent, Message: a.Text, ContentType: contentText, QuickReplies: a.offered()})
}

func (e *Engine) rich(c *conversation, a *Act) error {
	ev := event{Type: eventRich, Content: a.Content}
	if err := ev.check(c.main().next); err != nil {
		return err
	}
	rich := richEvent{Type: eventRich, Content: a.Content}
	if replies := a.offered(); replies != nil {
		rich.QuickReplies = replies
	} else if len(a.QuickReplies) > 0 {
		rich.QuickReplies = a.QuickReplies
	}
	return e.contribute(c, a, rich)
}

func (e *Engine) compose(c *conversation, a *Act) error {
	state := cmp.Or(a.ChatState, "COMPOSING")
	if !slices.Contains(chatStates, state) {
		return invalid("chatState: %q must be one of %v", state, chatStates)
	}
	who, err := e.actor(c, a)
	if err == nil {
		e.send(c, c.main(), who, chatStateEvent{eventChatState, state}, nil, "")
	}
	return err
}

// mark acknowledges what the consumer said.
func (e *Engine) mark(c *conversation, a *Act) error {
	who, err := e.actor(c, a)
	if err != nil {
		return err
	}
	status := cmp.Or(a.Status, "READ")
	sequences := a.Sequences
	if len(sequences) == 0 {
		if sequences = slices.Clone(c.unmarked[status]); len(sequences) == 0 {
			return nil // all of them are marked
		}
	}
	one := acceptEvent{eventAccept, status, sequences}
	ev := event{Type: eventAccept, Status: status, SequenceList: sequences}
	if err := ev.check(c.main().next); err != nil {
		return err
	}
	e.send(c, c.main(), who, one, a.Metadata, "")
	return nil
}
