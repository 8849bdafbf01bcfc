package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/link"
	"transporter/internal/receipt"
)

// Accounts reads and writes the Account entities. Errors are *fault.Error: NotFound for an
// account that is not there, Upstream with what to start when nobody answers.
type Accounts interface {
	// List returns the ids of the open accounts in ascending order.
	List(ctx context.Context) ([]string, error)
	// Snapshot returns the account with its secrets sealed.
	Snapshot(ctx context.Context, id string) (account.Snapshot, error)
	// Create makes the account; a repeat with the same IdemKey does nothing.
	Create(ctx context.Context, in contract.CreateIn) error
	// Update sends the named update of package contract and reads its answer into out,
	// which may be nil. Safe to repeat with the same IdemKey.
	Update(ctx context.Context, id, update string, in, out any) error
}

// Runs starts runs and reads what Temporal knows of them.
type Runs interface {
	// Start begins the run. A run of the same window and attempt that exists already,
	// open or closed, is fault.Conflict.
	Start(ctx context.Context, in contract.StartRun) error
	// ListRuns returns runs newest first.
	ListRuns(ctx context.Context, q RunQuery) ([]Execution, error)
	// Execution describes the newest execution of the workflow; nil when there is none.
	Execution(ctx context.Context, workflowID string) (*Execution, error)
	// Trace tells what an execution did and what it is doing. It needs no worker, but knows
	// less without.
	Trace(ctx context.Context, workflowID, runID string) (Trace, error)
	// Open returns the workflow IDs of the task's open runs.
	Open(ctx context.Context, accountID, taskID string) (map[string]bool, error)
	// Link returns the address of the execution in the Temporal UI.
	Link(workflowID, runID string) string
	// Ready returns nil when Temporal answers and a worker polls for workflows.
	Ready(ctx context.Context) error
}

// Trace is what an execution did.
type Trace struct {
	Steps     []contract.StepRecord
	Window    *contract.Span // nil until it is planned
	Error     string         // of the execution, when it failed
	ErrorKind string
}

// Book reads receipts, claims and run records; it is a receipt.Book.
type Book interface {
	coverage.Book
	Receipt(ctx context.Context, d contract.Delivery) (*receipt.Receipt, error)
	Redelivery(ctx context.Context, d contract.Delivery, attempt int) (*receipt.Receipt, error)
	Claims(ctx context.Context, d contract.Delivery) ([]receipt.Claim, error)
	Run(ctx context.Context, account, task, workflowID string) (*receipt.RunRecord, error)
	Runs(ctx context.Context, f receipt.RunFilter) ([]receipt.RunRecord, error)
	Certificate(ctx context.Context, key string) (text json.RawMessage, found bool, err error)
	Waiting(ctx context.Context, d contract.Delivery, attempt int) ([]receipt.Quarantined, error)
	Accept(ctx context.Context, d contract.Delivery, accept contract.Acceptance) error
}

// Backfills starts, reads and steers backfills; a missing one is fault.NotFound.
type Backfills interface {
	Start(ctx context.Context, in contract.BackfillIn) error
	List(ctx context.Context, accountID, taskID string) ([]string, error)
	Progress(ctx context.Context, accountID, taskID, id string) (contract.BackfillProgress, error)
	Pause(ctx context.Context, accountID, taskID, id string) error
	Resume(ctx context.Context, accountID, taskID, id string) error
	Cancel(ctx context.Context, accountID, taskID, id string) error
}

// Files reads staged files as they are; it is a staging.Stage.
type Files interface {
	OpenRaw(ctx context.Context, ref contract.Ref, offset int64) (io.ReadCloser, error)
}

// Links reads, counts and revokes the links of mails; it is a link.Book.
type Links interface {
	Get(ctx context.Context, id string) (*link.Standing, error)
	Of(ctx context.Context, d contract.Delivery) ([]link.Standing, error)
	Revoke(ctx context.Context, d contract.Delivery, id string) error
	Count(ctx context.Context, id string) error
}

// RunQuery selects runs of an account; zero fields do not filter.
type RunQuery struct {
	Account string
	Task    string
	Outcome string
	From    time.Time // started at or after
	Before  time.Time // started before
	Limit   int
}

// Execution is one execution of a run's workflow as Temporal knows it.
type Execution struct {
	WorkflowID string
	RunID      string
	Status     string // running, completed, failed, canceled, terminated, timed_out
	Open       bool
	Started    time.Time
	Ended      time.Time
	Report     string
	Trigger    string
	Outcome    string
	WindowEnd  time.Time
	Rows       int64
	Bytes      int64
}
