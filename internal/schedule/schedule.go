// Package schedule writes a report task as a Temporal schedule and reads it back.
//
// The spec ledger is the truth for what and when; the schedule only fires. It fires at
// every task.Calendar.Fire at least once, and whatever else makes it fire (the second
// pass of a doubled hour, a trigger in the Temporal UI) belongs to a window that is
// running or done, by task.Calendar.WindowAt.
package schedule

import (
	"fmt"
	"hash/fnv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/task"
)

// Task is what a schedule is made of.
type Task struct {
	Account    string
	ID         string
	Generation int
	Spec       task.Spec
	Calendar   *task.Calendar
	Title      string   // of the report, such as "Messages"
	Legs       []string // one label a destination, such as "sftp: Archive"; no secrets
	Paused     bool     // the task is disabled
	Note       string   // who or why; shown in the Temporal UI
}

// MaxJitter is how far runs of different accounts that fire at the same time are spread.
// It moves the start of a run only, never its nominal time or window.
const MaxJitter = time.Minute

// priority of scheduled runs: connectors come before, backfills after.
const priority = 3

// Options returns the schedule of a task as of now.
//
// Overlap is ALLOW_ALL, because windows are independent: a run that waits for a dead
// destination must not hold the next. The catch-up window is the server's default of one
// year, nothing pauses on failure, no run times out.
//
// A once task whose fire is still to come is one UTC calendar entry with one remaining
// action. A task with no fire to come (once in the past, end reached) is paused, because
// the server removes a schedule that is done and not paused after a week; it is not
// triggered: its run is started by us, with its window.
func Options(t Task, now time.Time) client.ScheduleOptions {
	o := client.ScheduleOptions{
		ID:                    contract.ScheduleID(t.Account, t.ID),
		Spec:                  spec(t, now),
		Action:                action(t),
		Overlap:               enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
		Note:                  fmt.Sprintf("%s, %s: %s", t.Title, When(t.Spec), t.Note),
		Paused:                t.Paused,
		TypedSearchAttributes: attributes(t),
	}
	if _, more := t.Calendar.Next(now); !more {
		o.Paused = true
		o.Note += "; no run to come, the last window is over"
	} else if t.Spec.Frequency.Kind == task.Once {
		o.RemainingActions = 1
	}
	return o
}

// Update returns the function for client.ScheduleUpdateOptions.DoUpdate that makes an
// existing schedule what Options says: spec, arguments, policies, state and attributes.
// Arguments are given again as values, so that a new encryption key takes effect.
func Update(o client.ScheduleOptions) func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
	return func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		return &client.ScheduleUpdate{
			Schedule: &client.Schedule{
				Action: o.Action,
				Spec:   &o.Spec,
				Policy: &client.SchedulePolicies{
					Overlap: o.Overlap, CatchupWindow: o.CatchupWindow, PauseOnFailure: o.PauseOnFailure,
				},
				State: &client.ScheduleState{
					Note: o.Note, Paused: o.Paused,
					LimitedActions: o.RemainingActions > 0, RemainingActions: o.RemainingActions,
				},
			},
			TypedSearchAttributes: &o.TypedSearchAttributes,
		}, nil
	}
}

func action(t Task) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID:                    contract.ScheduleActionID(t.Account, t.ID, t.Generation),
		Workflow:              contract.WorkflowReportRun,
		Args:                  []any{contract.RunInput{Account: t.Account, Task: t.ID, Generation: t.Generation}},
		TaskQueue:             contract.QueueWorkflows,
		TypedSearchAttributes: attributes(t),
		StaticSummary:         Summary(t),
		StaticDetails:         Details(t),
		Priority:              temporal.Priority{PriorityKey: priority, FairnessKey: t.Account},
	}
}

// attributes are those of the schedule and of every run it starts.
func attributes(t Task) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount).ValueSet(t.Account),
		temporal.NewSearchAttributeKeyKeyword(contract.AttrTask).ValueSet(t.ID),
		temporal.NewSearchAttributeKeyKeyword(contract.AttrReport).ValueSet(t.Spec.Report),
		temporal.NewSearchAttributeKeyKeyword(contract.AttrTrigger).ValueSet(contract.TriggerSchedule),
		temporal.NewSearchAttributeKeyKeywordList(contract.AttrDestination).ValueSet(destinations(t.Spec)),
	)
}

// destinations returns the ids of the task's destinations, each once.
func destinations(s task.Spec) []string {
	seen := map[string]bool{}
	var ids []string
	for _, leg := range s.Destinations {
		if !seen[leg.Destination] {
			seen[leg.Destination] = true
			ids = append(ids, leg.Destination)
		}
	}
	return ids
}

// jitter spreads accounts over a minute: whole seconds, the same for all of an account.
// The server draws each start from zero to this.
func jitter(account string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(account))
	return time.Second + time.Duration(h.Sum32())%(MaxJitter/time.Second)*time.Second
}
