package contract

import "time"

// Signals of a Backfill. Cancelling is Temporal's own.
const (
	SignalPause  = "pause"
	SignalResume = "resume"
)

// QueryProgress asks a Backfill how far it is; the answer is BackfillProgress.
const QueryProgress = "progress"

// What a Backfill makes of the windows of its range that the task expects.
const (
	BackfillMissing = "missing" // only those that nobody has worked on: what Reconcile and past starts ask for
	BackfillFailed  = "failed"  // those and a new attempt of the red ones: what an operator asks for
	BackfillAgain   = "again"   // every one; a delivered window gets its next revision

	// BackfillRedeliver sends what is delivered once more, from the files that are kept and
	// with the keys of now, and asks the source for nothing. A worker's death may make it
	// send the same bytes of a window twice.
	BackfillRedeliver = "redeliver"
)

// BackfillIn starts a Backfill of the windows of a task that end in (From, To] and whose
// runs are due. Zero times do not bound.
type BackfillIn struct {
	Account     string    `json:"account"`
	Task        string    `json:"task"`
	ID          string    `json:"id"` // within the task, see BackfillID
	From        time.Time `json:"from,omitzero"`
	To          time.Time `json:"to,omitzero"`
	Mode        string    `json:"mode"`
	Reason      string    `json:"reason"`                // for people
	Concurrency int       `json:"concurrency,omitempty"` // runs at once; zero: the default

	// Carried is what an execution hands to the next; empty at the start.
	Carried *BackfillCarried `json:"carried,omitempty"`
}

// BackfillCarried is the state that goes from one execution of a Backfill to the next.
type BackfillCarried struct {
	After    time.Time        `json:"after"` // boundary up to which windows are done
	Paused   bool             `json:"paused"`
	Title    string           `json:"title"`
	Progress BackfillProgress `json:"progress"`
}

// States of a Backfill, as people read them.
const (
	StateRunning   = "running"
	StatePaused    = "paused"
	StateDone      = "done"
	StateCancelled = "cancelled"
	StateStopped   = "stopped" // BackfillProgress.Error says why
)

// BackfillProgress is how far a Backfill is.
type BackfillProgress struct {
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	Mode      string    `json:"mode"`
	Total     int       `json:"total"` // windows to look at
	Done      int       `json:"done"`  // looked at: the sum of the next four
	Delivered int       `json:"delivered"`
	Empty     int       `json:"empty"`
	Skipped   int       `json:"skipped"` // delivered before, running, or beyond the report's reach
	Failed    int       `json:"failed"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`
	// Remaining is the estimated time to the end; zero when it is not known yet.
	Remaining time.Duration `json:"remaining,omitempty"`
	Error     string        `json:"error,omitempty"`     // why it stopped
	PausedFor time.Duration `json:"pausedFor,omitempty"` // in all, until the last resume
	From      time.Time     `json:"from,omitzero"`
	To        time.Time     `json:"to,omitzero"`
	At        time.Time     `json:"at,omitzero"` // end of the last window looked at
}

// BackfillID returns the workflow ID of a backfill.
func BackfillID(account, task, id string) string {
	return "backfill/" + account + "/" + task + "/" + id
}

// BackfillScope is what a Backfill has before it.
type BackfillScope struct {
	Title string `json:"title"` // of the report
	Total int    `json:"total"` // windows to look at
	Stop  string `json:"stop,omitempty"`
}

// BackfillRunIn asks for the next runs of a Backfill: at most Limit windows after After.
type BackfillRunIn struct {
	BackfillIn

	After time.Time `json:"after,omitzero"`
	Limit int       `json:"limit"`
	Since time.Time `json:"since"` // when the Backfill began: what was delivered later is its own
}

// BackfillRunOut is how far the runs came. It is also the heartbeat: the next attempt goes on
// after Through.
type BackfillRunOut struct {
	Through   time.Time `json:"through,omitzero"` // every window up to it is looked at
	More      bool      `json:"more"`
	Delivered int       `json:"delivered"`
	Empty     int       `json:"empty"`
	Skipped   int       `json:"skipped"`
	Failed    int       `json:"failed"`
	Stop      string    `json:"stop,omitempty"` // why the Backfill has to end
}

// BackfillSwept tells what a sweep read.
type BackfillSwept struct {
	Windows int   `json:"windows"` // that need not be read by their runs any more
	Records int64 `json:"records"` // in them
	Calls   int64 `json:"calls"`
}
