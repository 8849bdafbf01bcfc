package contract

import "time"

// NotifyIn tells how a run ended, for those who want to know.
type NotifyIn struct {
	Run        RunInput `json:"run"`
	WorkflowID string   `json:"workflowId"`
	RunID      string   `json:"runId"`
	Window     Span     `json:"window"`
	WindowText string   `json:"windowText,omitempty"`
	Title      string   `json:"title,omitempty"` // of the report
	Outcome    string   `json:"outcome"`
	Error      string   `json:"error,omitempty"`
	Files      int      `json:"files"`
	Rows       int64    `json:"rows"`
	Drift      []string `json:"drift,omitempty"` // see TransformOut
}

// NotifyOut counts the messages that went out.
type NotifyOut struct {
	Sent int `json:"sent"`
}

// DeadlineIn starts a Deadline.
type DeadlineIn struct {
	Account string `json:"account"`
	Task    string `json:"task"`
}

// LateIn asks whether the window whose deadline has come is there.
type LateIn struct {
	DeadlineIn

	Deadline time.Time `json:"deadline"` // of the schedule
	Now      time.Time `json:"now"`
}

// LateOut is what was found.
type LateOut struct {
	Window Span   `json:"window,omitzero"`
	Text   string `json:"text"`             // for people
	Status string `json:"status,omitempty"` // of the window, see coverage; empty: none has this deadline
	Late   bool   `json:"late"`
	Sent   int    `json:"sent"` // messages

	NotBefore time.Time `json:"notBefore,omitzero"` // look again then: the clock skipped an hour
}
