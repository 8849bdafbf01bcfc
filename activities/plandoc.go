package activities

import (
	"cmp"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/report"
	"transporter/internal/task"
)

// Plan is everything that is fixed for one attempt of one window: the spec in force, the
// resolved window, where to read and what to deliver where. It holds ids, no secret; it is
// staged, and the steps are given a reference to it.
type Plan struct {
	Delivery        contract.Delivery `json:"delivery"` // of the whole run
	Attempt         int               `json:"attempt"`
	WorkflowID      string            `json:"workflowId"`
	Window          contract.Span     `json:"window"`
	Previous        *contract.Span    `json:"previous,omitempty"` // expected window before this one
	GoesOn          bool              `json:"goesOn,omitempty"`   // that one ends where this begins, and is of the same report and source
	Fire            time.Time         `json:"fire"`
	Trigger         string            `json:"trigger,omitempty"` // empty: schedule
	NextFire        time.Time         `json:"nextFire,omitzero"` // of the run after this one
	Date            string            `json:"date"`              // of the window, for file names
	Partition       string            `json:"partition,omitempty"`
	TZVersion       string            `json:"tzVersion"`
	Spec            task.Spec         `json:"spec"`
	Version         string            `json:"version"` // of the report, as the task asks for it: its major
	PlatformAccount string            `json:"platformAccount"`
	Legs            []PlannedLeg      `json:"legs"`

	Accept *contract.Acceptance `json:"accept,omitempty"` // by this attempt or one before it
	Kept   *contract.Kept       `json:"kept,omitempty"`   // taken over from an earlier attempt

	Look   time.Time `json:"look,omitzero"`    // see contract.RunInput
	Before *Before   `json:"before,omitempty"` // what this revision follows; nil for the first delivery
}

// Before is the delivery of the window before this one.
type Before struct {
	Revision int               `json:"revision"`
	Tracked  *contract.Tracked `json:"tracked,omitempty"` // nil: its rows are not known
	Absent   string            `json:"absent,omitempty"`  // contract.TransformOut

	accepted *contract.Acceptance // records that it was delivered without
}

// looks reports whether the window is only delivered if the source has changed it.
func (p *Plan) looks() bool { return !p.Look.IsZero() }

// PlannedLeg is one leg of a plan.
type PlannedLeg struct {
	ID         string       `json:"id"`
	Kind       string       `json:"kind"`
	Title      string       `json:"title"`
	Leg        task.Leg     `json:"leg"`
	Keys       []PlannedKey `json:"keys,omitempty"`
	Signer     string       `json:"signer,omitempty"` // fingerprint; empty: not signed
	BestEffort bool         `json:"bestEffort,omitempty"`
}

// PlannedKey is a receiver's key by id and fingerprint.
type PlannedKey struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
}

// report names what makes the rows: id@version, as this release has it.
func (p *Plan) report() string {
	if def, err := report.Get(p.Spec.Report, p.Version); err == nil {
		return def.Ref()
	}
	return p.Spec.Report + "@" + p.Version
}

// leg returns the planned leg with the id, or nil.
func (p *Plan) leg(id string) *PlannedLeg {
	for i := range p.Legs {
		if p.Legs[i].ID == id {
			return &p.Legs[i]
		}
	}
	return nil
}

// of returns the delivery of one leg.
func (p *Plan) of(leg string) contract.Delivery {
	d := p.Delivery
	d.Leg = leg
	return d
}

// redelivers reports whether the plan sends a delivered window again.
func (p *Plan) redelivers() bool { return p.Kept != nil && p.Kept.Rendered.Index.Key != "" }

// fingerprints lists the keys of the leg.
func (l *PlannedLeg) fingerprints() []string {
	out := make([]string, len(l.Keys))
	for i, k := range l.Keys {
		out[i] = k.Fingerprint
	}
	return out
}

// titleOf names a leg for people: the destination as they called it, and the folder.
func titleOf(d account.Destination, folder string) string {
	title := cmp.Or(d.Description, d.Kind+" "+d.ID)
	if folder != "" {
		title += "/" + folder
	}
	return title
}
