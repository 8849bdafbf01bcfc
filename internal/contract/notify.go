package contract

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
}

// NotifyOut counts the messages that went out.
type NotifyOut struct {
	Sent int `json:"sent"`
}
