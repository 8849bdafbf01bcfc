package contract

import (
	"time"

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
	UpdateImportSources     = "import-sources" // all of them or none
	UpdateDeleteSource      = "delete-source"
	UpdatePutDestination    = "put-destination"
	UpdateDeleteDestination = "delete-destination"
	UpdatePutKey            = "put-key"
	UpdateDeleteKey         = "delete-key"
	UpdatePutSigner         = "put-signer"
	UpdatePutTask           = "put-task"
	UpdateSetTaskState      = "set-task-state"
	UpdateDeleteTask        = "delete-task"
	UpdateProbe             = "probe"
	UpdateResetTask         = "reset-task"
	UpdatePutPlan           = "put-plan"
	UpdatePutNotifications  = "put-notifications"
	UpdateCertify           = "certify" // a signed coverage certificate
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

// ImportSourcesIn creates sources, all of them or none.
type ImportSourcesIn struct {
	Write
	Sources []account.Source `json:"sources"`
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

// PutSignerIn gives the account a key to sign files with, in place of the one it has.
type PutSignerIn struct {
	Write
	Signer account.Signer `json:"signer"`
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

	// Backlog is what an edit makes of windows that are due and not delivered
	// (ledger.BacklogKeep, also when empty, or ledger.BacklogDrop).
	Backlog string `json:"backlog,omitempty"`
	// Downgrade allows a version older than the task's: asked for by name.
	Downgrade bool `json:"downgrade,omitempty"`
	// Plans are the limits of the deployment, where the account has none of its own. They
	// come with the update because a workflow reads no configuration.
	Plans account.Plans `json:"plans,omitzero"`
}

// SetTaskStateIn enables or disables a task.
type SetTaskStateIn struct {
	Write
	ID    string `json:"id"`
	State string `json:"state"`
	Note  string `json:"note,omitempty"` // who and why, shown on the schedule

	// CatchUp is what enabling makes of the windows of the pause (ledger.CatchUpNone, also
	// when empty, CatchUpLatest or CatchUpAll).
	CatchUp string `json:"catchUp,omitempty"`
	// At is since when the state holds: set by Reconcile for what somebody did in the
	// Temporal UI; nil is now. Never before the last entry of the ledger.
	At *time.Time `json:"at,omitempty"`
}

// ResetTaskIn begins a task anew, as if it had just been created.
type ResetTaskIn struct {
	Write
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

// PutPlanIn sets what the account may do; zero limits take the defaults of the plan.
type PutPlanIn struct {
	Write
	Plan   string         `json:"plan"` // account.PlanBasic or account.PlanPremium
	Limits account.Limits `json:"limits,omitzero"`
}

// PutNotificationsIn replaces who is told of runs; a webhook without a secret keeps that of
// the same URL.
type PutNotificationsIn struct {
	Write
	Notifications account.Notifications `json:"notifications"`
}

// CertifyIn asks for a signed certificate of what was delivered of a period.
type CertifyIn struct {
	Account string    `json:"account"`
	Task    string    `json:"task"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
}

// CertifyOut refers to the certificate: the key of a record in the store that the API reads.
type CertifyOut struct {
	Key string `json:"key"`
}

// ProbeIn tests a source or a destination; exactly one id is set.
type ProbeIn struct {
	Account     string `json:"account"`
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
}

// ProbeOut is the result of a test.
type ProbeOut = account.Test

// TaskApplyIn makes ledger and schedule agree with the registry's entry.
type TaskApplyIn struct {
	Account string       `json:"account"`
	Task    account.Task `json:"task"`
	Legs    []string     `json:"legs,omitempty"` // a label each, such as "sftp: Archive"; no secrets
	Note    string       `json:"note,omitempty"`

	// What the ledger's entry says besides (ledger.Entry). From nil is Task.UpdatedAt.
	From    *time.Time `json:"from,omitempty"`
	Backlog string     `json:"backlog,omitempty"`
	CatchUp string     `json:"catchUp,omitempty"`
	Reset   bool       `json:"reset,omitempty"`
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
	Answers  []Answer `json:"answers,omitempty"`  // oldest first
	LastNote string   `json:"lastNote,omitempty"` // the last change, for people
	Writes   int64    `json:"writes,omitempty"`
}
