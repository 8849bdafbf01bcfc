package main

import (
	"transporter/activities"
	"transporter/internal/contract"
)

// steps are the activities' receivers.
type steps struct {
	run       *activities.Run
	tasks     *activities.Tasks
	probe     *activities.Probe
	back      *activities.Backfill
	order     *activities.Reconcile
	late      *activities.Revise
	deadlines *activities.Deadlines
	sign      *activities.Certify
	talks     *activities.Conversations
	apps      *activities.Apps
	connector *activities.Connector
}

// byName returns every activity under the name by which workflows call it.
func (s steps) byName() map[string]any {
	return map[string]any{
		contract.ActivityPlan:       s.run.Plan,
		contract.ActivityAwait:      s.run.Await,
		contract.ActivityFetch:      s.run.Fetch,
		contract.ActivityTransform:  s.run.Transform,
		contract.ActivityEncrypt:    s.run.Encrypt,
		contract.ActivityUpload:     s.run.Upload,
		contract.ActivityVerify:     s.run.Verify,
		contract.ActivityPublish:    s.run.Publish,
		contract.ActivityDiscard:    s.run.Discard,
		contract.ActivityReceipt:    s.run.Receipt,
		contract.ActivityRecord:     s.run.Record,
		contract.ActivityClean:      s.run.Clean,
		contract.ActivityTaskApply:  s.tasks.Apply,
		contract.ActivityTaskRemove: s.tasks.Remove,
		contract.ActivityProbe:      s.probe.Probe,
		contract.ActivityCertify:    s.sign.Run,

		contract.ActivityAppApply: s.apps.Apply,
		contract.ActivityAppLook:  s.apps.Look,

		contract.ActivityNotify:   s.deadlines.Run,
		contract.ActivityDeadline: s.deadlines.Look,

		contract.ActivityListAccounts:     s.order.List,
		contract.ActivityReconcileAccount: s.order.Account,
		contract.ActivityMaintainAccount:  s.order.MaintainAccount,
		contract.ActivityReviseAccount:    s.late.Account,

		contract.ActivityBackfillScope: s.back.Scope,
		contract.ActivityBackfillSweep: (&activities.Sweep{Backfill: s.back, Run: s.run}).Sweep,
		contract.ActivityBackfillRun:   s.back.Run,

		contract.ActivityConversationLoad:   s.talks.Load,
		contract.ActivityConversationAppend: s.talks.Append,
		contract.ActivityConversationSave:   s.talks.Save,
		contract.ActivityRelay:              s.talks.Relay,

		contract.ActivityConnectorOpen:    s.connector.Open,
		contract.ActivityConnectorCall:    s.connector.Call,
		contract.ActivityConnectorHistory: s.connector.History,
		contract.ActivityConnectorFetch:   s.connector.Fetch,
	}
}
