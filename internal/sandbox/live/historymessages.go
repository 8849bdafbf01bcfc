package live

import (
	"encoding/json"
	"fmt"
)

type messageRecord struct {
	Type          string      `json:"type"`
	Data          messageData `json:"messageData"`
	MessageID     string      `json:"messageId"`
	Sequence      int         `json:"seq"`
	DialogID      string      `json:"dialogId"`
	ParticipantID string      `json:"participantId"`
	Source        string      `json:"source"`
	stamp
	Device   string       `json:"device"`
	Audience string       `json:"audience"`
	SentBy   string       `json:"sentBy"`
	Context  *contextData `json:"contextData,omitempty"`
}

// contextData holds an event's metadata as a text.
type contextData struct {
	RawMetadata string `json:"rawMetadata"`
}

type messageData struct {
	Msg          *textData    `json:"msg,omitempty"`
	File         *hostedFile  `json:"file,omitempty"`
	RichContent  *contentData `json:"richContent,omitempty"`
	QuickReplies *contentData `json:"quickReplies,omitempty"`
	SecureForm   *formData    `json:"secureForm,omitempty"`
}

type textData struct {
	Text string `json:"text"`
}

// contentData holds JSON as a text.
type contentData struct {
	Content string `json:"content"`
}

type formData struct {
	FormID       string `json:"formId,omitempty"`
	FormName     string `json:"formName,omitempty"`
	InvitationID string `json:"invitationId"`
}

// messageStatus says that a message was delivered or read. Its number is the message's; the one
// that the event itself took occurs nowhere in the history.
type messageStatus struct {
	MessageID string `json:"messageId"`
	Sequence  int    `json:"seq"`
	stamp
	ParticipantID   string `json:"participantId"`
	ParticipantType string `json:"participantType"`
	Status          string `json:"messageDeliveryStatus"`
	DialogID        string `json:"dialogId"`
}

// messageID numbers the main dialog's messages by conversation, the survey's by dialog.
func (c *conversation) messageID(dialog string, sequence int) string {
	if dialog == c.id {
		return fmt.Sprintf("ms::conv:%s::msg:%d", c.id, sequence)
	}
	return fmt.Sprintf("ms::dialog:%s::msg:%d", dialog, sequence)
}

// side is the history's word for who did something.
func side(p Participant) string {
	if p.Role == RoleConsumer {
		return "Consumer"
	}
	return "Agent"
}

func (c *conversation) messageRecords() []messageRecord {
	list := []messageRecord{}
	for i := range c.events {
		e := &c.events[i]
		if e.parsed.Type != eventContent && e.parsed.Type != eventRich {
			continue
		}
		m := messageRecord{
			MessageID: c.messageID(e.DialogID, *e.Sequence), Sequence: *e.Sequence, DialogID: e.DialogID, ParticipantID: e.Originator.ID,
			Source: historySource, stamp: stampOf(e.At), Device: undefined, Audience: e.Audience, SentBy: side(e.Originator),
		}
		if len(e.Metadata) > 0 {
			m.Context = &contextData{string(e.Metadata)}
		}
		m.Type, m.Data = e.message()
		list = append(list, m)
	}
	return list
}

// message is the history's form of what was said.
func (e *Event) message() (kind string, data messageData) {
	var more struct {
		QuickReplies json.RawMessage `json:"quickReplies"`
	}
	_ = json.Unmarshal(e.Event, &more) // was read before
	if len(more.QuickReplies) > 0 {
		data.QuickReplies = &contentData{string(more.QuickReplies)}
	}
	if e.parsed.Type == eventRich {
		data.RichContent = &contentData{string(compact(e.parsed.Content))}
		return "RICH_CONTENT", data
	}
	switch e.parsed.ContentType {
	case contentFile:
		file, _ := e.parsed.hostedFile() // was checked
		data.File = &file
		return "HOSTED_FILE", data
	case contentInvitation, contentSubmission:
		var form invitation
		_ = json.Unmarshal(e.parsed.Message, &form) // was checked
		data.SecureForm = &formData{form.FormID, form.Title, form.InvitationID}
		if e.parsed.ContentType == contentInvitation {
			return "SECURE_FORM_INVITATION", data
		}
		return "SECURE_FORM_SUBMIT", data
	}
	data.Msg = &textData{e.parsed.text()}
	return "TEXT_PLAIN", data
}

func (c *conversation) messageStatuses() []messageStatus {
	list := []messageStatus{}
	for i := range c.events {
		e := &c.events[i]
		if e.parsed.Status != "ACCEPT" && e.parsed.Status != "READ" {
			continue
		}
		for _, n := range e.parsed.SequenceList {
			list = append(list, messageStatus{
				MessageID: c.messageID(e.DialogID, n), Sequence: n, stamp: stampOf(e.At), ParticipantID: e.Originator.ID,
				ParticipantType: side(e.Originator), Status: e.parsed.Status, DialogID: e.DialogID,
			})
		}
	}
	return list
}
