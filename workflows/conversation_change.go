package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
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
		key:   func(in contract.ChangeIn) string { return in.IdemKey },
		shape: checkChange,
		open:  func(in contract.ChangeIn) error { return c.checkOpen(in.Dialog) },
		call: func(in contract.ChangeIn) *contract.CallIn {
			return &contract.CallIn{Dialog: c.dialog(in.Dialog), Change: &in}
		},
		record: func(workflow.Context, contract.ChangeIn, contract.SendOut) {}, // webhooks tell what it did
		failed: func(workflow.Context, contract.ChangeIn, error) {},
	}
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
