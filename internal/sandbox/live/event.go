package live

import (
	"encoding/json"
	"slices"
)

// Types of events (Connector API, "Send API": ms.PublishEvent).
const (
	eventContent   = "ContentEvent"
	eventRich      = "RichContentEvent"
	eventAccept    = "AcceptStatusEvent"
	eventChatState = "ChatStateEvent"
)

// Content types of a ContentEvent.
const (
	contentText       = "text/plain"
	contentFile       = "hosted/file"
	contentInvitation = "forms/secure-invitation"
	contentSubmission = "forms/secure-submission"
)

var (
	deliveryStatuses = []string{"ACCEPT", "READ", "ACCESS", "NACK", "ACTION"}
	chatStates       = []string{"ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE"}
)

// event is what the engine reads of one; members that it does not know are kept, not read.
type event struct {
	Type         string          `json:"type"`
	ContentType  string          `json:"contentType"`
	Message      json.RawMessage `json:"message"`
	Content      json.RawMessage `json:"content"`
	Status       string          `json:"status"`
	SequenceList []int           `json:"sequenceList"`
	ChatState    string          `json:"chatState"`
}

func readEvent(raw json.RawMessage) (event, error) {
	var ev event
	if err := json.Unmarshal(raw, &ev); err != nil {
		return ev, invalid("event: %v", err)
	}
	return ev, nil
}

// numbered reports whether the event takes a sequence number.
func (ev *event) numbered() bool { return ev.Type != eventChatState }

// text returns the message of a text, "" of any other event.
func (ev *event) text() string {
	var s string
	if ev.Type == eventContent && ev.ContentType == contentText {
		_ = json.Unmarshal(ev.Message, &s) // was checked
	}
	return s
}

// check says what is wrong with an event for a dialog that has given out the numbers below next.
func (ev *event) check(next int) error {
	switch ev.Type {
	case eventContent:
		return ev.checkContent()
	case eventRich:
		var content map[string]any
		if json.Unmarshal(ev.Content, &content) != nil || content["type"] == nil {
			return invalid("event.content: must be a structured content object with a type")
		}
	case eventAccept:
		return ev.checkAccept(next)
	case eventChatState:
		if !slices.Contains(chatStates, ev.ChatState) {
			return invalid("event.chatState: %q must be one of %v", ev.ChatState, chatStates)
		}
	default:
		return invalid("event.type: %q must be ContentEvent, RichContentEvent, AcceptStatusEvent or ChatStateEvent", ev.Type)
	}
	return nil
}

func (ev *event) checkAccept(next int) error {
	if !slices.Contains(deliveryStatuses, ev.Status) {
		return invalid("event.status: %q must be one of %v", ev.Status, deliveryStatuses)
	}
	if len(ev.SequenceList) == 0 {
		return invalid("event.sequenceList: needs at least one number")
	}
	for _, n := range ev.SequenceList {
		if n < 0 || n >= next {
			return invalid("event.sequenceList: the dialog has no sequence %d", n)
		}
	}
	return nil
}

func (ev *event) checkContent() error {
	switch ev.ContentType {
	case contentText:
		var text string
		if json.Unmarshal(ev.Message, &text) != nil || text == "" {
			return invalid("event.message: must be a text that is not empty")
		}
	case contentFile:
		_, err := ev.hostedFile()
		return err
	case contentInvitation, contentSubmission:
		var form struct{ InvitationID string }
		if json.Unmarshal(ev.Message, &form) != nil || form.InvitationID == "" {
			return invalid("event.message.invitationId: is required")
		}
	default:
		return invalid("event.contentType: %q must be %s, %s or %s", ev.ContentType, contentText, contentFile, contentSubmission)
	}
	return nil
}
