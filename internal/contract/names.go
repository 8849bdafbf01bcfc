// Package contract holds what both sides of Temporal must agree on: names, ids,
// queues, search attributes and payloads. Only references, counts and hashes
// belong in a payload; results stay under 16 KiB.
package contract

// Workflow types.
const (
	WorkflowReportRun = "ReportRun"
	WorkflowAccount   = "Account"
	WorkflowBackfill  = "Backfill"  // past windows of one task, bounded and pausable
	WorkflowReconcile = "Reconcile" // hourly: finds and repairs what is missing
	WorkflowMaintain  = "Maintain"  // daily: retention, frozen boundaries, schedules
	WorkflowDeadline  = "Deadline"  // "delivered by": looks when the time has come
	WorkflowBudget    = "Budget"    // slots for requests to one host of one platform account
	WorkflowRevise    = "Revise"    // every ten minutes: looks for late data when it is time to

	WorkflowConversation     = "Conversation"     // one conversation, held on behalf of a consumer
	WorkflowOpenConversation = "OpenConversation" // opens one: OpenIn → OpenOut
	WorkflowFetchFile        = "FetchFile"        // brings a file of one into the store: FetchFileIn → FetchFileOut
)

// Activity types: one a step, named as an operator reads them in the Temporal UI.
const (
	ActivityPlan      = "plan"
	ActivityAwait     = "await" // the platform's export of the window
	ActivityFetch     = "fetch"
	ActivityTransform = "transform"
	ActivityEncrypt   = "encrypt"
	ActivityUpload    = "upload"
	ActivityVerify    = "verify"
	ActivityPublish   = "publish"
	ActivityDiscard   = "discard" // temporary files of a red leg
	ActivityReceipt   = "receipt"
	ActivityRecord    = "record" // the run record, also of red runs
	ActivityClean     = "clean"
	ActivityNotify    = "notify"   // who wants to know is told
	ActivityDeadline  = "deadline" // is the window there by now?

	ActivityTaskApply  = "task.apply"  // ledger entry, then the schedule
	ActivityTaskRemove = "task.remove" // schedule gone, ledger closed
	ActivityProbe      = "probe"       // test of a source or destination
	ActivityCertify    = "coverage.certify"

	ActivityListAccounts     = "accounts.list"
	ActivityReconcileAccount = "reconcile.account"
	ActivityMaintainAccount  = "maintain.account"
	ActivityReviseAccount    = "revise.account"

	ActivityBackfillScope = "backfill.scope" // how many windows there are
	ActivityBackfillSweep = "backfill.sweep" // reads neighbouring windows in one query
	ActivityBackfillRun   = "backfill.run"   // starts runs and follows them to their ends
)

// Task queues, one per resource shape.
const (
	QueueWorkflows = "dt-workflows" // workflow tasks, plan, record, task.*
	QueueFetch     = "dt-fetch"     // rate-limited reading
	QueueTransform = "dt-transform" // processor and memory
	QueueDeliver   = "dt-deliver"   // upload, verify, publish, receipt, clean, probe
	QueueBackfill  = "dt-backfill"  // backfills: each follows runs for long
	QueueConnector = "dt-connector" // conversations: somebody waits for each step
)

// Search attributes; never personal data, they are not encrypted.
const (
	AttrAccount     = "DtAccount"     // Keyword
	AttrTask        = "DtTask"        // Keyword
	AttrReport      = "DtReport"      // Keyword
	AttrTrigger     = "DtTrigger"     // Keyword: schedule, manual, resume, backfill
	AttrOutcome     = "DtOutcome"     // Keyword
	AttrDestination = "DtDestination" // KeywordList
	AttrWindowEnd   = "DtWindowEnd"   // Datetime
	AttrRecords     = "DtRecords"     // Int
	AttrBytes       = "DtBytes"       // Int

	AttrConversationState = "DtConversationState" // Keyword: open, survey, closed, abandoned
	AttrRelayStopped      = "DtRelayStopped"      // Bool: the callback of a conversation was given up
)

// States of a conversation, as people look for it.
const (
	ConversationOpen   = "open"
	ConversationSurvey = "survey" // the main dialog is closed, another is open
	ConversationClosed = "closed"
)

// Outcomes of a run.
const (
	OutcomeDelivered  = "delivered"
	OutcomeEmpty      = "empty"
	OutcomeUnchanged  = "unchanged" // looked at again: what was delivered still holds
	OutcomePartial    = "partial"
	OutcomeIncomplete = "incomplete"
	OutcomeExpired    = "expired"
	OutcomeFailed     = "failed"
	OutcomeDuplicate  = "duplicate"
	OutcomeSkipped    = "skipped"
)

// Triggers of a run.
const (
	TriggerSchedule  = "schedule"
	TriggerManual    = "manual"
	TriggerResume    = "resume"
	TriggerBackfill  = "backfill"
	TriggerRedeliver = "redeliver"
	TriggerRevision  = "revision" // late data is looked for
)
