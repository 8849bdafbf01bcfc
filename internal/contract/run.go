package contract

import (
	"cmp"
	"slices"
	"time"
)

// Ref points at a staged object: its key in the store, the size and SHA-256 (hex) of
// its clear bytes. It is what travels through Temporal instead of data.
type Ref struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// RunInput starts a ReportRun. A schedule sends account, task and generation only; a
// manual run, a backfill or a resume names its window.
type RunInput struct {
	Account    string `json:"account"`
	Task       string `json:"task"`
	Generation int    `json:"generation"`
	Window     *Span  `json:"window,omitempty"`
	Revision   int    `json:"revision,omitempty"`
	Attempt    int    `json:"attempt,omitempty"` // 0 and 1 are the first
	Trigger    string `json:"trigger,omitempty"` // empty: schedule

	// Redeliver sends the files of a delivered window again, from its kept artefacts and
	// without a call to the source, to today's destinations and keys. It is the attempt
	// after the last one; a window that is not delivered is InvalidSpec.
	Redeliver bool `json:"redeliver,omitempty"`
	// Accept is what an operator takes as it is of an earlier attempt that was red. It is
	// the attempt after the last one, and holds for the attempts after it too.
	Accept *Acceptance `json:"accept,omitempty"`
	// Look makes the run look again at a delivered window, for what the source has changed
	// since, as of that moment: what changed is the next revision, and without a change
	// nothing is delivered. The revision must be the one after the newest delivery.
	Look time.Time `json:"look,omitzero"`
}

// Acceptance names what an operator takes as it is; the receipts say so.
type Acceptance struct {
	Empty   bool     `json:"empty,omitempty"`   // a window without rows that was not expected
	Records []string `json:"records,omitempty"` // ids of quarantined records to leave out
	Note    string   `json:"note,omitempty"`    // who and why
}

// With returns what the two acceptances accept together; nil when neither does.
func (a *Acceptance) With(b *Acceptance) *Acceptance {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	all := Acceptance{Empty: a.Empty || b.Empty, Note: cmp.Or(b.Note, a.Note)}
	all.Records = slices.Concat(a.Records, b.Records)
	slices.Sort(all.Records)
	all.Records = slices.Compact(all.Records)
	return &all
}

// RunResult is the outcome of a run and becomes the schedule's last result.
type RunResult struct {
	Outcome string `json:"outcome"`
	Window  Span   `json:"window"`
	Files   int    `json:"files"`
	Rows    int64  `json:"rows"`
	Bytes   int64  `json:"bytes"`
}

// PlanIn asks for the plan of a run.
type PlanIn struct {
	Run        RunInput  `json:"run"`
	Nominal    time.Time `json:"nominal"` // scheduled time, or the start of a manual run
	WorkflowID string    `json:"workflowId"`
	RunID      string    `json:"runId"`
}

// PlanOut is what the workflow needs of the plan; the whole of it is staged under Plan.
type PlanOut struct {
	Plan      Ref       `json:"plan"`
	Window    Span      `json:"window"`
	WindowTxt string    `json:"windowText"` // in the task's zone, for people
	NotBefore time.Time `json:"notBefore"`  // fire time of the window's boundary
	Report    string    `json:"report"`     // id@version
	Title     string    `json:"title"`
	Format    string    `json:"format"`
	Legs      []LegOut  `json:"legs"`
	Skip      string    `json:"skip,omitempty"` // duplicate, skipped or expired: end here
	SkipWhy   string    `json:"skipWhy,omitempty"`
	Delivered bool      `json:"delivered,omitempty"` // it is a duplicate because the window is delivered
	Late      bool      `json:"late,omitempty"`

	Wait time.Duration `json:"wait,omitempty"` // how long the platform's export is waited for; zero: there is none
	Tell bool          `json:"tell,omitempty"` // a green run is of interest to somebody too
	Kept *Kept         `json:"kept,omitempty"` // of an earlier attempt, in place of these steps
}

// Kept is what an earlier attempt of the window fetched and rendered: a redelivery takes
// both, an accepted empty window what was fetched.
type Kept struct {
	By       string       `json:"by"` // its workflow
	Fetched  FetchOut     `json:"fetched"`
	Rendered TransformOut `json:"rendered,omitzero"`
}

// LegOut names one leg of the plan.
type LegOut struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Title     string `json:"title"`               // destination description and folder, no secret
	Delivered bool   `json:"delivered,omitempty"` // its receipt exists already
}

// StepIn is the input of the steps after plan: the references made so far.
type StepIn struct {
	Plan     Ref `json:"plan"`
	Fetched  Ref `json:"fetched,omitzero"`
	Rendered Ref `json:"rendered,omitzero"`
	Packed   Ref `json:"packed,omitzero"` // the encrypted file set
}

// AwaitOut is what a platform exported of a window.
type AwaitOut struct {
	Leaves int `json:"leaves"` // partitions
}

// FetchOut counts what was staged. Index refers to the list of slices.
type FetchOut struct {
	Index       Ref   `json:"index"`
	SourceTotal int64 `json:"sourceTotal"` // the source's own count over all slices
	Fetched     int64 `json:"fetched"`     // distinct records received
	Kept        int64 `json:"kept"`        // of those, inside the window
	Duplicates  int64 `json:"duplicates"`
	Bytes       int64 `json:"bytes"`
	Slices      int   `json:"slices"`
	Calls       int64 `json:"calls"`
	Cut         int64 `json:"cut,omitempty"`     // of the kept, those that the source has cut, whatever they were read by
	Attempt     int   `json:"attempt,omitempty"` // of the run, that read them
	Swept       int   `json:"swept,omitempty"`   // so many windows were read in one sweep; the counts are of this one, without calls

	Note string `json:"note,omitempty"` // what people should know of it besides
}

// TransformOut counts what was rendered. Index refers to the list of parts.
type TransformOut struct {
	Index       Ref   `json:"index"`
	Parts       int   `json:"parts"`
	Entries     int64 `json:"entries"` // source records read
	Rows        int64 `json:"rows"`
	Bytes       int64 `json:"bytes"`
	Quarantined int64 `json:"quarantined"`        // records left out, as an operator accepted
	Replaced    int64 `json:"replaced,omitempty"` // characters written as another

	Tracked *Tracked `json:"tracked,omitempty"` // nil: the task tracks no rows

	Absent string `json:"absent,omitempty"` // hash of the parts of the window that a feed has nothing of; empty: none

	Drift []string `json:"drift,omitempty"` // members of the source's records that nobody has described, some by name
}

// Tracked is what is known of the rows of a revision, for the next one to compare with, and
// how it differs from the one before, which the first does from nothing.
type Tracked struct {
	Index     Ref    `json:"index"`           // of the row index
	Mode      string `json:"mode"`            // full: all rows are delivered; changes: only those that differ
	After     *int   `json:"after,omitempty"` // the revision that it was compared with; nil: with none
	Held      int64  `json:"held"`            // rows that a receiver has who applied it
	Added     int64  `json:"added,omitempty"` // since then
	Changed   int64  `json:"changed,omitempty"`
	Removed   int64  `json:"removed,omitempty"`
	Unchanged bool   `json:"unchanged,omitempty"` // it was only looked, and nothing had changed: there is no revision

	// Rows of records in quarantine, which were delivered while these could be read: Stay of Held stay with
	// the receiver, Lost of Removed are taken away.
	Stay int64 `json:"stay,omitempty"`
	Lost int64 `json:"lost,omitempty"`

	// Also are the further resources that the rows are made of: a look without one of them would
	// take away what came of it.
	Also []string `json:"also,omitempty"`
}

// AsExported reports whether it is a look at partitions of a feed that are as they were: their rows
// were not read again.
func (t Tracked) AsExported() bool { return t.Unchanged && t.Index.Key == "" }

// EncryptOut counts what is ready to leave: files and bytes of one leg, the most of any.
// Index refers to the list of files per leg.
type EncryptOut struct {
	Index Ref   `json:"index"`
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// LegIn is the input of the steps of one leg.
type LegIn struct {
	StepIn
	Leg string `json:"leg"`
}

// UploadOut counts what lies under temporary names.
type UploadOut struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// VerifyOut tells which level was reached.
type VerifyOut struct {
	Asked   int    `json:"asked"`
	Reached int    `json:"reached"`
	Note    string `json:"note,omitempty"`
}

// PublishOut tells where the files are, without secrets.
type PublishOut struct {
	Location string `json:"location"`
	Files    int    `json:"files"`
	Atomic   bool   `json:"atomic"`
}

// ReceiptIn asks for the receipt of one leg.
type ReceiptIn struct {
	LegIn
	Verified  VerifyOut  `json:"verified"`
	Published PublishOut `json:"published"`
}

// RecordIn asks for the run record to be written before the workflow closes.
type RecordIn struct {
	Run        RunInput     `json:"run"`
	WorkflowID string       `json:"workflowId"`
	RunID      string       `json:"runId"`
	Plan       Ref          `json:"plan,omitzero"`
	Packed     Ref          `json:"packed,omitzero"`
	Fetched    FetchOut     `json:"fetched,omitzero"`  // with Rendered: what a redelivery starts from
	Rendered   TransformOut `json:"rendered,omitzero"` // once that step is done
	Window     Span         `json:"window"`
	Report     string       `json:"report"`
	Outcome    string       `json:"outcome"`
	Error      string       `json:"error,omitempty"`
	ErrorKind  string       `json:"errorKind,omitempty"`
	Started    time.Time    `json:"started"`
	Ended      time.Time    `json:"ended"`
	Steps      []StepRecord `json:"steps"`
	Rows       int64        `json:"rows"`
	Bytes      int64        `json:"bytes"`
	Files      int          `json:"files"`
}
