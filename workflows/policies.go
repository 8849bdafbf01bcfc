package workflows

import (
	"cmp"
	"reflect"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/task"
)

const (
	// defaultHeartbeat is how long a dead worker stays unnoticed in a step that can run
	// for more than a minute; Options.Heartbeat makes it shorter.
	defaultHeartbeat = time.Minute
	// legBudget is how long a leg keeps trying to reach its destination before the run
	// turns red: a week end and a bank holiday, with room to repair on Monday.
	legBudget = 7 * 24 * time.Hour
	// smallStep is the attempt of a step that reads and writes a few small objects and
	// does not heartbeat: how long a dead worker stays unnoticed in it.
	smallStep = 15 * time.Second
	// pauseHeartbeat is how soon a Backfill hears that it is to pause, and how long its dead
	// worker stays unnoticed.
	pauseHeartbeat = 8 * time.Second
	// callHeartbeat is how long somebody waits in vain whose request a dead worker had.
	callHeartbeat = 8 * time.Second
	// relayHeartbeat is how soon a relay hears that its conversation continues as new; longer than
	// one request to a callback takes.
	relayHeartbeat = 30 * time.Second
)

// retries is the policy of every step: quick at first, then every five minutes until
// the step's budget is spent. What cannot get better is marked final by the error itself.
var retries = temporal.RetryPolicy{
	InitialInterval:    2 * time.Second,
	BackoffCoefficient: 2,
	MaximumInterval:    5 * time.Minute,
}

// Step is what the workflows know of one activity: its types and how it may be run.
type Step struct {
	In, Out reflect.Type

	Queue string // the task queue whose workers do it

	attempt time.Duration // longest honest single attempt (StartToClose)
	budget  time.Duration // all attempts together (ScheduleToClose)
	beats   bool          // heartbeats: can run for more than a minute, or somebody waits for it
	beat    time.Duration // heartbeat timeout; zero: the configured one
	tries   int32         // most attempts; zero: as many as the budget allows
}

// steps maps every activity name to its step. The budgets end before a person gives up,
// not before the trouble does.
var steps = map[string]Step{
	// A plan asks the account's entity and the ledger; an hour covers a restart of all workers.
	contract.ActivityPlan: describe[contract.PlanIn, contract.PlanOut](contract.QueueWorkflows, smallStep, time.Hour),
	// A platform exports when it is done; the task says how long that is waited for.
	contract.ActivityAwait: describe[contract.StepIn, contract.AwaitOut](contract.QueueFetch, 10*time.Minute, task.DefaultWait).heartbeats(),
	// A source may be down for half a day and must still be read before the next daily run.
	contract.ActivityFetch: describe[contract.StepIn, contract.FetchOut](contract.QueueFetch, 2*time.Hour, 24*time.Hour).heartbeats(),
	// Our own work: only a crash or a full disk makes it try again.
	contract.ActivityTransform: describe[contract.StepIn, contract.TransformOut](contract.QueueTransform, 2*time.Hour, 12*time.Hour).heartbeats(),
	contract.ActivityEncrypt:   describe[contract.StepIn, contract.EncryptOut](contract.QueueTransform, 2*time.Hour, 12*time.Hour).heartbeats(),
	// The destination's time-table is not ours.
	contract.ActivityUpload:  describe[contract.LegIn, contract.UploadOut](contract.QueueDeliver, 2*time.Hour, legBudget).heartbeats(),
	contract.ActivityVerify:  describe[contract.LegIn, contract.VerifyOut](contract.QueueDeliver, 2*time.Hour, legBudget).heartbeats(),
	contract.ActivityPublish: describe[contract.LegIn, contract.PublishOut](contract.QueueDeliver, 2*time.Hour, legBudget).heartbeats(),
	// Tidying up after a failure must not prolong it.
	contract.ActivityDiscard: describe[contract.LegIn, struct{}](contract.QueueDeliver, 2*time.Minute, 10*time.Minute).heartbeats().atMost(3),
	// Small objects in our own store; losing one loses the proof, so they wait long.
	contract.ActivityReceipt: describe[contract.ReceiptIn, struct{}](contract.QueueDeliver, smallStep, 24*time.Hour),
	contract.ActivityRecord:  describe[contract.RecordIn, struct{}](contract.QueueWorkflows, smallStep, 24*time.Hour),
	contract.ActivityClean:   describe[contract.StepIn, struct{}](contract.QueueDeliver, 10*time.Minute, time.Hour).heartbeats(),
	// A message is no reason to keep a run open for long: until it ends nobody can resume it.
	contract.ActivityNotify: describe[contract.NotifyIn, contract.NotifyOut](contract.QueueDeliver, time.Minute, 3*time.Minute).atMost(3),
	// Told late is better than not: there is an hour for a mail server to come back.
	contract.ActivityDeadline: describe[contract.LateIn, contract.LateOut](contract.QueueWorkflows, time.Minute, time.Hour),
	// Registry, ledger and schedule must agree: these go on longer than a person waits.
	contract.ActivityTaskApply:     describe[contract.TaskApplyIn, struct{}](contract.QueueWorkflows, smallStep, time.Hour),
	contract.ActivityTaskRemove:    describe[contract.TaskRemoveIn, struct{}](contract.QueueWorkflows, smallStep, time.Hour),
	contract.ActivityBackfillScope: describe[contract.BackfillIn, contract.BackfillScope](contract.QueueBackfill, time.Minute, time.Hour),
	// It is a fetch that is for many windows, and is given up like one.
	contract.ActivityBackfillSweep: describe[contract.BackfillRunIn, contract.BackfillSwept](contract.QueueFetch, 2*time.Hour, 24*time.Hour).
		heartbeatsWithin(pauseHeartbeat),
	// It follows runs to their ends; a pause reaches it with its heartbeat.
	contract.ActivityBackfillRun: describe[contract.BackfillRunIn, contract.BackfillRunOut](contract.QueueBackfill, 24*time.Hour, 7*24*time.Hour).
		heartbeatsWithin(pauseHeartbeat),
	contract.ActivityListAccounts: describe[contract.AccountsIn, contract.AccountsOut](contract.QueueBackfill, time.Minute, time.Hour),
	// The next hour's reconciliation finds what this one did not get to.
	contract.ActivityReconcileAccount: describe[contract.ReconcileIn, contract.Reconciled](contract.QueueBackfill, 30*time.Minute, 50*time.Minute).heartbeats(),
	contract.ActivityMaintainAccount:  describe[contract.ReconcileIn, contract.Maintained](contract.QueueBackfill, 2*time.Hour, 12*time.Hour).heartbeats(),
	// The next pass finds what this one did not get to.
	contract.ActivityReviseAccount: describe[contract.ReconcileIn, contract.Revised](contract.QueueBackfill, 8*time.Minute, 9*time.Minute).heartbeats(),
	// The journal is all that is left of what a webhook brought: it is written however long it takes.
	contract.ActivityConversationLoad:   describe[contract.LoadIn, contract.LoadOut](contract.QueueConnector, time.Minute, 24*time.Hour),
	contract.ActivityConversationAppend: describe[contract.AppendIn, contract.AppendOut](contract.QueueConnector, smallStep, 24*time.Hour),
	contract.ActivityConversationSave:   describe[contract.SaveIn, contract.SaveOut](contract.QueueConnector, smallStep, 24*time.Hour),
	// A channel's callback may be down for a night; a conversation that ends waits no longer.
	contract.ActivityRelay: describe[contract.RelayIn, contract.RelayOut](contract.QueueConnector, 30*time.Minute, 24*time.Hour).heartbeatsWithin(relayHeartbeat),
	// A person waits, and tires of it.
	contract.ActivityConnectorOpen:  describe[contract.OpenIn, contract.OpenOut](contract.QueueConnector, 45*time.Second, 10*time.Minute).heartbeatsWithin(callHeartbeat),
	contract.ActivityConnectorCall:  describe[contract.CallIn, contract.SendOut](contract.QueueConnector, 30*time.Second, 15*time.Minute).heartbeatsWithin(callHeartbeat),
	contract.ActivityConnectorFetch: describe[contract.FetchFileIn, contract.FetchFileOut](contract.QueueConnector, 30*time.Second, 50*time.Second),
	// Nobody does: what is missing is held back for a quarter of an hour at most, and looked for later.
	contract.ActivityConnectorHistory: describe[contract.HistoryIn, contract.HistoryOut](contract.QueueConnector, time.Minute, 30*time.Minute),
	// A person waits for these. A certificate of the longest range reads 10,000 receipts.
	contract.ActivityCertify: describe[contract.CertifyIn, contract.CertifyOut](contract.QueueDeliver, 50*time.Second, time.Minute).atMost(2),
	// A person waits for these too. What the platform did not answer to may have been done: it is
	// looked for before it is tried again.
	contract.ActivityAppApply: describe[contract.AppApplyIn, contract.AppApplied](contract.QueueDeliver, 20*time.Second, 50*time.Second).atMost(3),
	contract.ActivityAppLook:  describe[contract.AppLookIn, contract.AppLookOut](contract.QueueDeliver, 20*time.Second, 40*time.Second).atMost(2),
	contract.ActivityProbe:    describe[contract.ProbeIn, contract.ProbeOut](contract.QueueDeliver, 30*time.Second, time.Minute).atMost(2),
}

// Steps returns the activities that the workflows call, by name, for the check that a
// worker has registered each with the same types. An Out of struct{} stands for none.
func Steps() map[string]Step { return steps }

func describe[In, Out any](queue string, attempt, budget time.Duration) Step {
	return Step{In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](), Queue: queue, attempt: attempt, budget: budget}
}

func (s Step) heartbeats() Step {
	s.beats = true
	return s
}

// heartbeatsWithin sets a heartbeat timeout of the step's own: cancelling reaches a step with
// its heartbeat, so a short one makes it heard soon.
func (s Step) heartbeatsWithin(beat time.Duration) Step {
	s.beats, s.beat = true, beat
	return s
}

func (s Step) atMost(tries int32) Step {
	s.tries = tries
	return s
}

// options returns the activity options of the step; beat is the configured heartbeat
// timeout.
func (s Step) options(beat time.Duration) workflow.ActivityOptions {
	policy := retries
	policy.MaximumAttempts = s.tries
	o := workflow.ActivityOptions{
		TaskQueue:              s.Queue,
		StartToCloseTimeout:    s.attempt,
		ScheduleToCloseTimeout: s.budget,
		RetryPolicy:            &policy,
	}
	if s.beats {
		o.HeartbeatTimeout = cmp.Or(s.beat, beat)
		// A cancelled run ends only when nothing works on it any more: its next attempt
		// writes under the same temporary names.
		o.WaitForCancellation = true
	}
	return o
}
