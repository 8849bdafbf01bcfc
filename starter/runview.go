package main

import (
	"cmp"
	"fmt"
	"strconv"

	"transporter/internal/follow"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

// standing is the outcome of a run, or how its workflow stands.
func standing(r httpapi.RunView) string {
	if r.Outcome != "" {
		return r.Outcome
	}
	return r.Status
}

func (a *app) showRun(d httpapi.RunDetail) error {
	if a.output == outputJSON {
		return a.print(d, table{})
	}
	window := ""
	if d.Window != nil {
		window = when(d.Window.From) + " to " + when(d.Window.To)
	}
	if err := a.show(d, "run", d.ID, "report", d.Report, "window", window, "outcome", standing(d.RunView),
		"error", d.Error, "started", when(d.Started), "ended", whenever(d.Ended),
		"file set", set(d.RunView), "temporal", d.UI); err != nil {
		return err
	}
	for _, t := range []table{stepsTable(d), receiptsTable(d), filesTable(d)} {
		if len(t.rows) == 0 {
			continue
		}
		a.say("")
		if err := a.print(nil, t); err != nil {
			return err
		}
	}
	return nil
}

// set is what each destination gets; empty if there is none.
func set(r httpapi.RunView) string {
	if r.Files == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s with %s", human.Count(r.Files, "file"), human.Bytes(r.Bytes), human.Count(r.Rows, "row"))
}

func stepsTable(d httpapi.RunDetail) table {
	t := table{head: []string{"step", "where", "state", "took", "what"}}
	for _, s := range d.Steps {
		t.add(s.Name, cmp.Or(s.Where, s.Leg), s.State, follow.Took(s), cmp.Or(s.Error, s.Detail))
	}
	return t
}

func receiptsTable(d httpapi.RunDetail) table {
	t := table{head: []string{"receipt of", "files", "rows", "verified", "atomic", "written"}}
	for _, r := range d.Receipts {
		level := fmt.Sprintf("level %d of %d", r.Reached, r.Asked)
		t.add(whereOf(d, r.Leg), human.Number(int64(r.Files)), human.Number(r.Rows), level, yesNo(r.Atomic), when(r.WrittenAt))
	}
	return t
}

func filesTable(d httpapi.RunDetail) table {
	t := table{head: []string{"n", "file", "size", "where", "download"}}
	for _, f := range d.Files {
		how := "starter run download " + d.ID + " " + strconv.Itoa(f.N)
		if !f.Encrypted {
			how = "not encrypted: at its destination only"
		}
		t.add(strconv.Itoa(f.N), f.Name, human.Bytes(f.Size), whereOf(d, f.Leg), how)
	}
	return t
}

// whereOf names a leg as the steps do.
func whereOf(d httpapi.RunDetail, leg string) string {
	for _, s := range d.Steps {
		if s.Leg == leg && s.Where != "" {
			return s.Where
		}
	}
	return leg
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
