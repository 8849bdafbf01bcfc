package workflows

import (
	"cmp"
	"encoding/json"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/human"
)

const (
	// maxExternalID is the longest ExternalId that the platform takes (Connector API, "Metadata").
	maxExternalID = 64
	// maxDialog bounds the id of a dialog, which is a UUID.
	maxDialog = 128
	// maxReason bounds why a message could not be sent, which the channel is told.
	maxReason = 500
)

func (c *talk) sendRequest() request[contract.SendIn] {
	return request[contract.SendIn]{
		name: contract.UpdateSend, help: "send a message of the consumer",
		key:    func(in contract.SendIn) string { return in.IdemKey },
		shape:  checkSend,
		dialog: func(in contract.SendIn) string { return c.meant(contract.UpdateSend, in.IdemKey, in.Dialog) },
		call: func(in contract.SendIn) *contract.CallIn {
			return &contract.CallIn{Send: &in, Forgotten: c.Forgotten.Has(in.IdemKey)}
		},
		record: c.recordSend,
		failed: func(ctx workflow.Context, in contract.SendIn, err error) {
			c.Fail(in.IdemKey, human.Clip(message(err), maxReason), c.now(ctx))
		},
	}
}

func checkSend(in contract.SendIn) error {
	set := 0
	for _, is := range []bool{in.Text != "", in.File != nil, len(in.Event) > 0} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return fault.New(fault.InvalidSpec, "set exactly one of text, file and event")
	case len(in.Text) > conversation.MaxInline:
		return tooLong("text", len(in.Text))
	case len(in.Event) > conversation.MaxInline:
		return tooLong("event", len(in.Event))
	case len(in.Metadata) > conversation.MaxInline:
		return tooLong("metadata", len(in.Metadata))
	}
	return checkHead(in.IdemKey, in.Dialog)
}

func tooLong(field string, n int) error {
	return fault.New(fault.InvalidSpec, "is %d bytes long, at most %d", n, conversation.MaxInline).WithField(field)
}

func checkHead(key, dialog string) error {
	switch {
	case key == "" || len(key) > maxExternalID:
		return fault.New(fault.InvalidSpec, "is %d bytes long, must be 1 to %d", len(key), maxExternalID).WithField("idemKey")
	case len(dialog) > maxDialog:
		return fault.New(fault.InvalidSpec, "is %d bytes long, at most %d", len(dialog), maxDialog).WithField("dialog")
	}
	return nil
}

// checkConsumer refuses to speak for nobody.
func (c *talk) checkConsumer() error {
	if c.Consumer == "" {
		return fault.New(fault.Conflict, "nobody here opened this conversation, so its consumer is unknown").
			WithFix("open conversations through this system to speak in them")
	}
	return nil
}

// checkOpen refuses to speak where nobody listens.
func (c *talk) checkOpen(dialog string) error {
	switch {
	case c.Phase() == conversation.PhaseClosed:
		return fault.New(fault.Conflict, "the conversation is closed").WithFix("open another one")
	case c.dialog(dialog) == "":
		return fault.New(fault.Conflict, "no dialog of the conversation is open").WithFix("open another conversation")
	case dialog != "" && c.dialogClosed(dialog):
		return fault.New(fault.Conflict, "this dialog is closed").WithField("dialog").WithFix("leave it out to speak in the one that is open")
	}
	return nil
}

func (c *talk) dialogClosed(id string) bool {
	for _, d := range c.Latest.Dialogs {
		if d.ID == id {
			return d.State == "CLOSE"
		}
	}
	return false
}

// dialog returns the dialog that was asked for, else the one that is open.
func (c *talk) dialog(asked string) string {
	return cmp.Or(asked, c.OpenDialog(c.Conversation))
}

// textEvent is what the platform calls a text (Connector API, "ms.PublishEvent").
type textEvent struct {
	Type        string `json:"type"`
	ContentType string `json:"contentType"`
	Message     string `json:"message"`
}

func textBody(text string) json.RawMessage {
	body, _ := json.Marshal(textEvent{Type: "ContentEvent", ContentType: "text/plain", Message: text})
	return body
}

// recordSend takes a message into the conversation as it was sent. Of a file whose event nobody
// told, its echo does it.
func (c *talk) recordSend(ctx workflow.Context, in contract.SendIn, out contract.SendOut) {
	body := in.Event
	if in.Text != "" {
		body = textBody(in.Text)
	}
	if len(out.Event) > 0 {
		body = out.Event
	}
	if len(body) == 0 {
		c.Sent(out.Dialog, out.Sequence, c.now(ctx))
		return
	}
	var named struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(body, &named) // of what the platform has taken
	kind := conversation.Content
	switch named.Type {
	case "RichContentEvent":
		kind = conversation.Rich
	case "AcceptStatusEvent", "ChatStateEvent":
		return // its echo tells of it
	}
	c.speak(ctx, conversation.Event{
		Kind: kind, Dialog: out.Dialog, Sequence: out.Sequence, Body: body, Metadata: in.Metadata, External: in.IdemKey,
	})
}
