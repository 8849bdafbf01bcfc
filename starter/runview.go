package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/follow"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

// standing is the outcome of a run, or how its workflow stands: partial is one that some destinations have, and goes on.
func standing(r httpapi.RunView) string {
	switch {
	case r.Outcome == "":
		return r.Status
	case r.Status == "running" && r.Outcome == contract.OutcomePartial:
		return r.Status + ", " + r.Outcome
	}
	return r.Outcome
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
	for _, t := range []table{stepsTable(d), quarantineTable(d), acceptedTable(d), receiptsTable(d), filesTable(d)} {
		if len(t.rows) == 0 {
			continue
		}
		a.say("")
		if err := a.print(nil, t); err != nil {
			return err
		}
	}
	if next := nextOf(d); next != "" {
		a.say("\nnext: %s", next)
	}
	return nil
}

// nextOf says what finishes a red run, once its cause is repaired.
func nextOf(d httpapi.RunDetail) string {
	resume := "starter run resume " + d.ID
	switch {
	case d.Status == "running" && len(d.Quarantined) > 0:
		return "wait, or starter run accept " + d.ID + " --record " + shellWord(d.Quarantined[0].Record) + " to go on without it"
	case d.Status == "running" || d.Error == "" || d.Status == "completed":
		return ""
	case d.Trigger == contract.TriggerRedeliver:
		return "starter run redeliver " + d.ID
	case d.ErrorKind == string(fault.UnexpectedEmpty):
		return resume + ", or starter run accept " + d.ID + " --empty"
	case len(d.Quarantined) > 0:
		return resume + ", or starter run accept " + d.ID + " --record " + shellWord(d.Quarantined[0].Record)
	case d.ErrorKind == string(fault.Expired):
		return ""
	}
	return resume
}

// shellSafe are words that every shell takes as they are.
var shellSafe = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord is a text as one word of a command that people copy: a line of a feed has blanks in its name.
func shellWord(text string) string {
	if shellSafe.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shownQuarantine keeps a red run on one screen; -o json has the rest.
const shownQuarantine = 10

func quarantineTable(d httpapi.RunDetail) table {
	t := table{head: []string{"in quarantine", "column", "reason"}}
	if d.Status == "running" {
		t.head[0] = "waited for"
	}
	for _, q := range d.Quarantined[:min(len(d.Quarantined), shownQuarantine)] {
		t.add(q.Record, q.Column, q.Reason)
	}
	return t
}

// acceptedTable lists what was taken as it is: by this attempt, as it was told, and by all before what it has delivered.
func acceptedTable(d httpapi.RunDetail) table {
	t := table{head: []string{"accepted", "why"}}
	seen := map[string]bool{}
	add := func(what, note string) {
		if !seen[what] {
			seen[what] = true
			t.add(what, note)
		}
	}
	all := []*httpapi.Acceptance{d.Accepted}
	for _, r := range d.Receipts {
		all = append(all, r.Accepted)
	}
	for _, a := range all {
		if a == nil {
			continue
		}
		if a.Empty {
			add("the window has no rows", a.Note)
		}
		for _, name := range a.Records {
			add(name, a.Note)
		}
	}
	if more := len(t.rows) - shownQuarantine; more > 0 {
		t.rows = t.rows[:shownQuarantine]
		t.add(fmt.Sprintf("and %d more", more), "")
	}
	return t
}

// set is what each destination gets; empty if there is none.
func set(r httpapi.RunView) string {
	if r.Files == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s with %s", human.Count(r.Files, "file"), human.Bytes(r.Bytes), human.Count(r.Rows, "row"))
}

func stepsTable(d httpapi.RunDetail) table {
	t := table{head: []string{"step", "where", "state", "tries", "took", "what"}}
	for _, s := range d.Steps {
		t.add(s.Name, cmp.Or(s.Where, s.Leg), s.State, tries(s), follow.Took(s), cmp.Or(s.Error, s.Detail))
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

// tries is how often a step was tried; empty for one that was not.
func tries(s httpapi.StepView) string {
	if s.Attempt == 0 {
		return ""
	}
	return strconv.Itoa(s.Attempt)
}
