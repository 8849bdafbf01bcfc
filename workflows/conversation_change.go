package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

var (
	changes  = []string{contract.ChangeCloseConversation, contract.ChangeCloseDialog, contract.ChangeCloseStage, contract.ChangeSkill, contract.ChangeTTR}
	ttrTypes = []string{"CUSTOM", "NORMAL", "PRIORITIZED", "URGENT"}
)

// maxSkill is the longest id of a skill (Connector API, "skillId").
const maxSkill = 10

func (c *talk) changeRequest() request[contract.ChangeIn] {
	return request[contract.ChangeIn]{
		name: contract.UpdateChange, help: "change a field of the conversation",
		key:    func(in contract.ChangeIn) string { return in.IdemKey },
		shape:  checkChange,
		dialog: c.changed,
		done:   c.closedAlready, doneBy: changeLook,
		call:   func(in contract.ChangeIn) *contract.CallIn { return &contract.CallIn{Change: &in} },
		record: func(workflow.Context, contract.ChangeIn, contract.SendOut) {}, // webhooks tell what it did
		failed: func(workflow.Context, contract.ChangeIn, error) {},
	}
}

// changed is the dialog that a change is about, if it is about one.
func (c *talk) changed(in contract.ChangeIn) string {
	if in.What == contract.ChangeCloseDialog {
		return c.meant(contract.UpdateChange, in.IdemKey, in.Dialog)
	}
	return in.Dialog
}

// closedAlready reports whether what the change is to close is closed.
func (c *talk) closedAlready(in contract.ChangeIn) bool {
	switch in.What {
	case contract.ChangeCloseConversation:
		return c.Phase() != conversation.PhaseOpen
	case contract.ChangeCloseDialog:
		return c.Phase() == conversation.PhaseClosed || c.dialogClosed(c.changed(in))
	}
	return in.What == contract.ChangeCloseStage && c.Phase() == conversation.PhaseClosed
}

func checkChange(in contract.ChangeIn) error {
	switch {
	case !slices.Contains(changes, in.What):
		return fault.New(fault.InvalidSpec, "%q must be one of %v", in.What, changes).WithField("what")
	case in.What == contract.ChangeSkill && (in.Skill == "" || len(in.Skill) > maxSkill):
		return fault.New(fault.InvalidSpec, "%q must be the id of a skill, at most %d digits", in.Skill, maxSkill).WithField("skill")
	case in.What == contract.ChangeTTR && in.TTR == nil:
		return fault.New(fault.InvalidSpec, "is missing").WithField("ttr")
	case in.TTR != nil && !slices.Contains(ttrTypes, in.TTR.Type):
		return fault.New(fault.InvalidSpec, "%q must be one of %v", in.TTR.Type, ttrTypes).WithField("ttr.type")
	case in.TTR != nil && in.TTR.Seconds < 0:
		return fault.New(fault.InvalidSpec, "%d must be 0 or more", in.TTR.Seconds).WithField("ttr.seconds")
	}
	return checkHead(in.IdemKey, in.Dialog)
}
