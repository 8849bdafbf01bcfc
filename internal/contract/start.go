package contract

import "time"

// StartRun is what a run needs to begin.
type StartRun struct {
	WorkflowID string
	Input      RunInput
	Report     string   // id@version
	Legs       []string // destination ids
	WindowEnd  time.Time
	Summary    string // one line for the Temporal UI
	Priority   int    // 1 comes first; zero: the server's default, 3
}

// PriorityBackfill is that of runs nobody waits for: connectors have 1, schedules 3.
const PriorityBackfill = 5
