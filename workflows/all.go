package workflows

import "transporter/internal/contract"

// All returns every workflow under these options, by type name: what a worker registers and
// a replayer knows.
func (o Options) All() map[string]any {
	return map[string]any{
		contract.WorkflowReportRun: o.ReportRun,
		contract.WorkflowAccount:   o.Account,
		contract.WorkflowBackfill:  o.Backfill,
		contract.WorkflowReconcile: o.Reconcile,
		contract.WorkflowMaintain:  o.Maintain,
		contract.WorkflowDeadline:  o.Deadline,
		contract.WorkflowBudget:    o.Budget,
		contract.WorkflowRevise:    o.Revise,

		contract.WorkflowConversation:     o.Conversation,
		contract.WorkflowOpenConversation: o.OpenConversation,
		contract.WorkflowFetchFile:        o.FetchFile,
	}
}
