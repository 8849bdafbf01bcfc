package workflows

import (
	"cmp"
	"encoding/json"
	"slices"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// mostMarked bounds how many messages are marked at once.
const mostMarked = 1_000

// What a consumer's side may say of messages and of itself (Connector API, "ms.PublishEvent").
var (
	statuses   = []string{"ACCEPT", "READ", "ACCESS", "NACK", "ACTION"}
	chatStates = []string{"ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE"}
)

func (c *talk) markRequest() request[contract.MarkIn] {
	return request[contract.MarkIn]{
		name: contract.UpdateMark, help: "say what became of messages at the consumer",
		key:    func(in contract.MarkIn) string { return in.IdemKey },
		shape:  checkMark,
		dialog: func(in contract.MarkIn) string { return c.meant(contract.UpdateMark, in.IdemKey, in.Dialog) },
		done:   c.marked, doneBy: changeMarked,
		call:   func(in contract.MarkIn) *contract.CallIn { return &contract.CallIn{Mark: &in} },
		record: c.recordMark,
		failed: func(workflow.Context, contract.MarkIn, error) {},
	}
}

// changeMarked is the change by which a mark in doubt that the platform has told of is answered.
const changeMarked = "marked-already"

// marked reports whether the messages are known to be what the mark says.
func (c *talk) marked(in contract.MarkIn) bool {
	return c.Marked(cmp.Or(c.meant(contract.UpdateMark, in.IdemKey, in.Dialog), c.Conversation), in.Status, in.Sequences)
}

func checkMark(in contract.MarkIn) error {
	switch {
	case !slices.Contains(statuses, in.Status):
		return fault.New(fault.InvalidSpec, "%q must be one of %v", in.Status, statuses).WithField("status")
	case len(in.Sequences) == 0 || len(in.Sequences) > mostMarked:
		return fault.New(fault.InvalidSpec, "has %d numbers, must have 1 to %d", len(in.Sequences), mostMarked).WithField("sequences")
	case slices.Min(in.Sequences) < 0:
		return fault.New(fault.InvalidSpec, "%d is no number of a message", slices.Min(in.Sequences)).WithField("sequences")
	case len(in.Metadata) > conversation.MaxInline:
		return tooLong("metadata", len(in.Metadata))
	}
	return checkHead(in.IdemKey, in.Dialog)
}

// statusEvent is what the platform calls a mark.
type statusEvent struct {
	Type         string `json:"type"`
	Status       string `json:"status"`
	SequenceList []int  `json:"sequenceList"`
}

func (c *talk) recordMark(ctx workflow.Context, in contract.MarkIn, out contract.SendOut) {
	body, _ := json.Marshal(statusEvent{Type: "AcceptStatusEvent", Status: in.Status, SequenceList: in.Sequences})
	c.speak(ctx, conversation.Event{
		Kind: conversation.Status, Dialog: out.Dialog, Sequence: out.Sequence, Body: body, Metadata: in.Metadata,
		Status: &conversation.StatusOf{Status: in.Status, Sequences: in.Sequences},
	})
}

// typingRequest tells agents that the consumer types. A survey takes no chat states; they are
// dropped there.
func (c *talk) typingRequest() request[contract.TypingIn] {
	return request[contract.TypingIn]{
		name: contract.UpdateTyping, help: "tell that the consumer types",
		key: func(contract.TypingIn) string { return "" },
		shape: func(in contract.TypingIn) error {
			if !slices.Contains(chatStates, in.State) {
				return fault.New(fault.InvalidSpec, "%q must be one of %v", in.State, chatStates).WithField("state")
			}
			return checkHead("-", in.Dialog)
		},
		dialog: func(in contract.TypingIn) string { return in.Dialog },
		call: func(in contract.TypingIn) *contract.CallIn {
			if c.Surveys(c.dialog(in.Dialog)) {
				return nil
			}
			return &contract.CallIn{Typing: &in}
		},
		record: func(workflow.Context, contract.TypingIn, contract.SendOut) {},
		failed: func(workflow.Context, contract.TypingIn, error) {},
	}
}
