package contract

import "time"

// Ids of the schedules that keep everything in order; each is also its workflow's ID, to
// which the server appends the time.
const (
	ScheduleReconcile = "maintenance/reconcile"
	ScheduleMaintain  = "maintenance/daily"
	ScheduleRevise    = "maintenance/revise"
)

// AccountsIn asks for the open accounts after one, in ascending order.
type AccountsIn struct {
	After string `json:"after,omitempty"`
	Limit int    `json:"limit"`
}

// AccountsOut is one page of them.
type AccountsOut struct {
	Accounts []string `json:"accounts"`
	More     bool     `json:"more"`
}

// ReconcileIn asks for the reconciliation of one account.
type ReconcileIn struct {
	Account string `json:"account"`
}

// Reconciled counts what a reconciliation found and did.
type Reconciled struct {
	Accounts   int `json:"accounts"`
	Tasks      int `json:"tasks"`
	Adopted    int `json:"adopted"`    // pauses and unpauses made in Temporal
	Rewritten  int `json:"rewritten"`  // schedules that somebody had changed
	Recreated  int `json:"recreated"`  // schedules that somebody had deleted
	Refreshed  int `json:"refreshed"`  // schedules of another tz database, year or text
	Removed    int `json:"removed"`    // schedules of tasks that do not exist
	Missing    int `json:"missing"`    // windows that nothing had worked on: a backfill starts them
	Lost       int `json:"lost"`       // windows that the source no longer has
	Terminated int `json:"terminated"` // runs ended from outside, now on record
	Failed     int `json:"failed"`     // accounts that could not be reconciled
}

// Add sums what two reconciliations did.
func (r Reconciled) Add(o Reconciled) Reconciled {
	return Reconciled{
		Accounts: r.Accounts + o.Accounts, Tasks: r.Tasks + o.Tasks, Adopted: r.Adopted + o.Adopted, Rewritten: r.Rewritten + o.Rewritten,
		Recreated: r.Recreated + o.Recreated, Refreshed: r.Refreshed + o.Refreshed, Removed: r.Removed + o.Removed, Missing: r.Missing + o.Missing, Lost: r.Lost + o.Lost,
		Terminated: r.Terminated + o.Terminated, Failed: r.Failed + o.Failed,
	}
}

// Maintained counts what the daily maintenance did for one account.
type Maintained struct {
	Accounts int   `json:"accounts"`
	Frozen   int   `json:"frozen"`  // windows
	Removed  int   `json:"removed"` // objects past their retention
	Bytes    int64 `json:"bytes"`   // of them
	Failed   int   `json:"failed"`
}

// Add sums what was done for two accounts.
func (m Maintained) Add(o Maintained) Maintained {
	return Maintained{
		Accounts: m.Accounts + o.Accounts, Frozen: m.Frozen + o.Frozen, Removed: m.Removed + o.Removed,
		Bytes: m.Bytes + o.Bytes, Failed: m.Failed + o.Failed,
	}
}

// Revised counts what was started to look for late data.
type Revised struct {
	Accounts int `json:"accounts"`
	Tasks    int `json:"tasks"`   // that deliver revisions
	Started  int `json:"started"` // runs that look at a window again
	Waiting  int `json:"waiting"` // windows whose check is due, and whose last run goes on or is red
	Failed   int `json:"failed"`
}

// Add sums what was started for two accounts.
func (r Revised) Add(o Revised) Revised {
	return Revised{
		Accounts: r.Accounts + o.Accounts, Tasks: r.Tasks + o.Tasks, Started: r.Started + o.Started,
		Waiting: r.Waiting + o.Waiting, Failed: r.Failed + o.Failed,
	}
}

// ScheduleStanding is how the schedule of a task stands against what it should be.
type ScheduleStanding struct {
	Missing bool      `json:"missing"`
	Paused  bool      `json:"paused"`
	Note    string    `json:"note"`
	Changed time.Time `json:"changed"` // the last write or start known: a later pause has no time
	State   bool      `json:"state"`   // paused, or not, against the task
	Edited  bool      `json:"edited"`  // spec, action or policies are not ours
	Stale   bool      `json:"stale"`   // exceptions, texts or zone data are due for a rewrite
}

// EndedRun is a run that was ended from outside, without writing its record.
type EndedRun struct {
	RunName

	RunID          string
	Status         string // terminated, timed out
	Started, Ended time.Time
}

// OpenRun is a run that goes on.
type OpenRun struct {
	RunName

	WindowEnd time.Time // zero until its plan has said
}
