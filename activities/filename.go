package activities

import (
	"time"

	"transporter/internal/report"
	"transporter/internal/task"
)

// names is what a leg's files are called in one run.
type names struct {
	*task.Names

	data task.NameData // of a window with one file
	kind []string      // of records that have files: "" is the report's own
}

// namesOf returns the names of a leg's files.
func namesOf(plan *Plan, leg *PlannedLeg) (names, error) {
	n, err := leg.Leg.Names()
	if err != nil {
		return names{}, err
	}
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil {
		return names{}, err
	}
	return names{n, task.NameData{
		Report: plan.Spec.Report, Version: plan.Version, Task: plan.Delivery.Task, Description: plan.Spec.Description,
		Account: plan.PlatformAccount, Format: plan.Spec.Format,
		Window: task.Window{From: time.UnixMilli(plan.Window.From), To: time.UnixMilli(plan.Window.To)},
		Fire:   plan.Fire, Date: plan.Date, Partition: plan.Partition,
		Part: 1, Parts: 1, Revision: plan.Delivery.Revision,
	}, def.Files()}, nil
}

// part returns the name of a data file as it leaves, and that of the clear file in it: it is the nth
// of so many of its kind.
func (n names) part(of string, nth, parts int) (name, inner string) {
	d := n.of(of)
	d.Part, d.Parts = nth, parts
	return n.Data(d)
}

// of is what the only file of that kind is named by.
func (n names) of(kind string) task.NameData {
	d := n.data
	d.Of = kind
	return d
}

func (n names) manifest() string { return n.Manifest(n.data) }

// marker is empty where the layout has none.
func (n names) marker() string { return n.Marker(n.data) }
