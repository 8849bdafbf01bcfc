package activities

import (
	"context"
	"fmt"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
)

// recordEnded writes the record of runs that were terminated or timed out in Temporal: they
// ran no more code, and a run without a record would be gone with Temporal's retention.
func (a *Reconcile) recordEnded(ctx context.Context, accountID string) (n int, err error) {
	runs, err := a.Runs.EndedOutside(ctx, accountID, a.Now().Add(-endedFor))
	if err != nil {
		return 0, err
	}
	for _, r := range runs {
		have, err := a.Book.Run(ctx, accountID, r.Task, r.ID())
		if err != nil {
			return n, err
		}
		if have != nil && have.RunID == r.RunID {
			continue
		}
		err = a.Book.PutRun(ctx, receipt.RunRecord{RecordIn: contract.RecordIn{
			Run:        contract.RunInput{Account: accountID, Task: r.Task, Generation: r.Generation, Revision: r.Revision, Attempt: r.Attempt},
			WorkflowID: r.ID(), RunID: r.RunID, Outcome: contract.OutcomeFailed, ErrorKind: string(fault.Upstream),
			Error:   fmt.Sprintf("the run was %s in Temporal (resume it to finish the window)", r.Status),
			Started: r.Started, Ended: r.Ended,
		}})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// removeOrphans deletes the schedules of tasks that the account does not have: of a deletion
// that was cut short. A task that is just being made is in the registry last; its ledger
// tells it from one that is gone.
func (a *Reconcile) removeOrphans(ctx context.Context, snapshot account.Snapshot) (n int, err error) {
	ids, err := a.Schedules.Tasks(ctx, snapshot.ID)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, ok := snapshot.Tasks[id]; ok {
			continue
		}
		entries, err := a.Ledger.Entries(ctx, snapshot.ID, id)
		if err != nil {
			return n, err
		}
		if len(entries) > 0 && entries[len(entries)-1].State != ledger.Deleted {
			continue
		}
		if err := a.Schedules.Remove(ctx, snapshot.ID, id); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
