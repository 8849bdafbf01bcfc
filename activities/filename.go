package activities

import (
	"time"

	"transporter/internal/task"
)

// names is what a leg's files are called in one run.
type names struct {
	*task.Names

	data task.NameData // of a window with one file
}

// namesOf returns the names of a leg's files.
func namesOf(plan *Plan, leg *PlannedLeg) (names, error) {
	n, err := leg.Leg.Names()
	return names{n, task.NameData{
		Report: plan.Spec.Report, Version: plan.Version, Task: plan.Delivery.Task, Description: plan.Spec.Description,
		Account: plan.PlatformAccount, Format: plan.Spec.Format,
		Window: task.Window{From: time.UnixMilli(plan.Window.From), To: time.UnixMilli(plan.Window.To)},
		Fire:   plan.Fire, Date: plan.Date, Partition: plan.Partition,
		Part: 1, Parts: 1, Revision: plan.Delivery.Revision,
	}}, err
}

// part returns the name of a data file as it leaves, and that of the clear file in it.
func (n names) part(part, parts int) (name, inner string) {
	d := n.data
	d.Part, d.Parts = part, parts
	return n.Data(d)
}

func (n names) manifest() string { return n.Manifest(n.data) }

// marker is empty where the layout has none.
func (n names) marker() string { return n.Marker(n.data) }
