package contract

import (
	"transporter/internal/account"
	"transporter/internal/task"
)

// Updates of the Account entity. Validators refuse before anything reaches history;
// a refusal is an application error whose type is a fault.Kind.
const (
	UpdateCreate            = "create"
	UpdateClose             = "close"
	UpdatePutSettings       = "put-settings"
	UpdatePutSource         = "put-source"
	UpdateDeleteSource      = "delete-source"
	UpdatePutDestination    = "put-destination"
	UpdateDeleteDestination = "delete-destination"
	UpdatePutKey            = "put-key"
	UpdateDeleteKey         = "delete-key"
	UpdatePutTask           = "put-task"
	UpdateSetTaskState      = "set-task-state"
	UpdateDeleteTask        = "delete-task"
	UpdateProbe             = "probe"
)

// Queries of the Account entity.
const (
	QuerySnapshot = "snapshot" // account.Snapshot with secrets sealed; for programs
	QueryOverview = "overview" // the same without sealed values; for people
)

// Write is common to every update: IdemKey makes a repeat return the first answer,
// IfVersion refuses the write (fault.Conflict) unless the thing has that version; zero
// creates it, AnyVersion asks for no check. A write that can create nothing takes zero
// as AnyVersion.
type Write struct {
	IdemKey   string `json:"idemKey,omitempty"`
	IfVersion int    `json:"ifVersion,omitempty"`
}

// AnyVersion as IfVersion writes whatever the current version is.
const AnyVersion = -1

// CreateIn creates the account.
type CreateIn struct {
	Write
	Account     string `json:"account"`
	Description string `json:"description"`
}

// PutSettingsIn replaces the settings.
type PutSettingsIn struct {
	Write
	Settings account.Settings `json:"settings"`
}

// PutSourceIn creates or replaces a source; an empty Secret keeps the stored one.
type PutSourceIn struct {
	Write
	Source account.Source `json:"source"`
}

// PutDestinationIn creates or replaces a destination; an empty Secret keeps the stored one.
type PutDestinationIn struct {
	Write
	Destination account.Destination `json:"destination"`
}

// PutKeyIn creates or replaces a receiver's key.
type PutKeyIn struct {
	Write
	Key account.Key `json:"key"`
}

// DeleteIn removes a source, destination, key or task. What is still used by a task is
// refused with fault.Conflict naming the tasks.
type DeleteIn struct {
	Write
	ID string `json:"id"`
}

// PutTaskIn creates or edits a task: registry, ledger and schedule agree when it
// returns. Generation is counted by the entity.
type PutTaskIn struct {
	Write
	ID    string    `json:"id"`
	Spec  task.Spec `json:"spec"`
	State string    `json:"state,omitempty"` // at creation; default enabled
}

// SetTaskStateIn enables or disables a task.
type SetTaskStateIn struct {
	Write
	ID    string `json:"id"`
	State string `json:"state"`
	Note  string `json:"note,omitempty"` // who and why, shown on the schedule
}

// ProbeIn tests a source or a destination; exactly one id is set.
type ProbeIn struct {
	Account     string `json:"account"`
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
}

// ProbeOut is the result of a test, in words for people.
type ProbeOut struct {
	OK      bool     `json:"ok"`
	Problem string   `json:"problem,omitempty"`
	Kind    string   `json:"kind,omitempty"` // fault.Kind of the problem
	Notes   []string `json:"notes,omitempty"`
}

// TaskApplyIn makes ledger and schedule agree with the registry's entry.
type TaskApplyIn struct {
	Account string       `json:"account"`
	Task    account.Task `json:"task"`
	Legs    []string     `json:"legs,omitempty"` // a label each, such as "sftp: Archive"; no secrets
	Note    string       `json:"note,omitempty"`
}

// TaskRemoveIn deletes the schedule and closes the ledger of a task.
type TaskRemoveIn struct {
	Account string `json:"account"`
	Task    string `json:"task"`
	Note    string `json:"note,omitempty"`
}

// Head returns the part common to every write.
func (w Write) Head() Write { return w }

// CloseIn closes the account: every task's schedule is removed, then the entity ends.
type CloseIn struct {
	Write
}

// Written is the answer of every write: the new version, times and, of a task, its
// generation and state. Of something deleted it is what it was last.
type Written struct {
	account.Meta
	Generation int    `json:"generation,omitempty"`
	State      string `json:"state,omitempty"`
}

// Limits bounds an account's tasks; zero values take the defaults, 15 and 3.
type Limits struct {
	Tasks     int `json:"tasks,omitempty"`
	PerReport int `json:"perReport,omitempty"`
}

// Answer is a remembered answer of the entity: a repeated write gets it again.
type Answer struct {
	Key    string  `json:"key"`    // the write's IdemKey
	Update string  `json:"update"` // the update it was used for
	Out    Written `json:"out"`
}

// AccountState is the whole of an Account entity, its input at start and at every
// continue-as-new. An empty one starts a new account; it is harmless until "create".
type AccountState struct {
	account.Snapshot
	Limits   Limits   `json:"limits,omitzero"`
	Answers  []Answer `json:"answers,omitempty"`  // oldest first
	LastNote string   `json:"lastNote,omitempty"` // the last change, for people
	Writes   int64    `json:"writes,omitempty"`
}
