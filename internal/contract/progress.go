package contract

import (
	"strings"
	"time"

	"transporter/internal/human"
)

// QuerySteps asks a ReportRun how far it is; the answer is RunProgress. It works while the
// run goes on and, as long as Temporal keeps the history, after it.
const QuerySteps = "steps"

// RunProgress is a run as people see it: what it is about and its step table.
type RunProgress struct {
	Title      string       `json:"title,omitempty"` // of the report; empty until it is planned
	Report     string       `json:"report,omitempty"`
	Window     Span         `json:"window"`
	WindowText string       `json:"windowText,omitempty"` // in the task's zone
	Steps      []StepRecord `json:"steps"`
}

// StepRecord is one line of the step table of a run.
type StepRecord struct {
	Name    string    `json:"name"`
	Leg     string    `json:"leg,omitempty"`
	Where   string    `json:"where,omitempty"` // the leg as people know it
	State   string    `json:"state"`           // done, failed, running, skipped
	Detail  string    `json:"detail,omitempty"`
	Error   string    `json:"error,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Attempt counts the tries: those of the workflow, which repeats some steps, and, once the
	// run is recorded, Temporal's own within each of them.
	Attempt int `json:"attempt,omitempty"`
}

// StepKey tells the steps of a run apart.
type StepKey struct{ Name, Leg string }

// Key returns the step's key.
func (s StepRecord) Key() StepKey { return StepKey{s.Name, s.Leg} }

// States of a step.
const (
	StepRunning = "running"
	StepDone    = "done"
	StepFailed  = "failed"
	StepSkipped = "skipped"
)

// Cursor is the heartbeat of a step: what is durable already, for the next attempt and for
// people who watch. Each step fills what it knows; totals are zero until they are known.
type Cursor struct {
	Resource string `json:"resource,omitempty"` // fetch: the list or records being read
	Slices   int    `json:"slices,omitempty"`   // fetch: staged
	OfSlices int    `json:"ofSlices,omitempty"`
	Records  int64  `json:"records,omitempty"` // fetch: staged; transform: rendered
	Parts    int    `json:"parts,omitempty"`   // transform: staged
	Files    int    `json:"files,omitempty"`   // encrypt, upload, verify, publish: done
	OfFiles  int    `json:"ofFiles,omitempty"`
	Bytes    int64  `json:"bytes,omitempty"` // fetch, encrypt: in all; upload: of the file in hand
	Waits    string `json:"waits,omitempty"` // what it waits for now, if for long
}

// WaitsForSlot is what a fetch waits for while its platform account's budget is used up or
// cannot be asked.
const WaitsForSlot = "waits for a slot of the platform account"

// String tells people how far the step is: "12 of 48 slices, 41,000 records, 210 MB".
func (c Cursor) String() string {
	var parts []string
	add := func(text string) { parts = append(parts, text) }
	of := func(done, all int, thing string) {
		switch {
		case all > 0:
			add(human.Number(int64(done)) + " of " + human.Count(all, thing))
		case done > 0:
			add(human.Count(done, thing))
		}
	}
	of(c.Slices, c.OfSlices, "slice")
	of(c.Files, c.OfFiles, "file")
	if c.Records > 0 {
		add(human.Count(c.Records, "record"))
	}
	of(c.Parts, 0, "part")
	if c.Bytes > 0 {
		add(human.Bytes(c.Bytes))
	}
	text := strings.Join(parts, ", ")
	if c.Resource != "" && text != "" {
		text = strings.ReplaceAll(c.Resource, "_", " ") + ": " + text
	}
	if c.Waits != "" && text != "" {
		text += "; "
	}
	return text + c.Waits
}
