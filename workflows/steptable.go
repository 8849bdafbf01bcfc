package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// maxDetail bounds the text of one step in the table, which people read in a narrow column.
const maxDetail = 300

// stepTable is the run as people see it: one line a step and leg, shown as the current
// details in the Temporal UI and kept in the run record.
type stepTable struct {
	run   *reportRun
	steps []contract.StepRecord
}

func (t *stepTable) find(name, leg string) *contract.StepRecord {
	for i := range t.steps {
		if t.steps[i].Name == name && t.steps[i].Leg == leg {
			return &t.steps[i]
		}
	}
	t.steps = append(t.steps, contract.StepRecord{Name: name, Leg: leg, Where: t.where(leg)})
	return &t.steps[len(t.steps)-1]
}

func (t *stepTable) start(ctx workflow.Context, name, leg string) {
	s := t.find(name, leg)
	s.State, s.Error, s.Ended = contract.StepRunning, "", time.Time{}
	s.Attempt++
	if s.Attempt == 1 {
		s.Started = workflow.Now(ctx)
	}
	t.refresh(ctx)
}

func (t *stepTable) finish(ctx workflow.Context, name, leg string, err error) {
	s := t.find(name, leg)
	s.State, s.Ended = contract.StepDone, workflow.Now(ctx)
	if err != nil {
		s.State, s.Error = contract.StepFailed, human.Clip(message(err), maxDetail)
	}
	t.refresh(ctx)
}

func (t *stepTable) skip(ctx workflow.Context, name, leg, why string) {
	s := t.find(name, leg)
	s.State, s.Detail = contract.StepSkipped, why
	t.refresh(ctx)
}

func (t *stepTable) note(ctx workflow.Context, name, leg, format string, args ...any) {
	t.find(name, leg).Detail = human.Clip(strings.TrimSpace(fmt.Sprintf(format, args...)), maxDetail)
	t.refresh(ctx)
}

// progress answers the query.
func (t *stepTable) progress() (contract.RunProgress, error) {
	p := t.run.plan
	return contract.RunProgress{Title: p.Title, Report: p.Report, Window: p.Window, WindowText: p.WindowTxt, Steps: t.steps}, nil
}

func (t *stepTable) refresh(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, t.markdown()) }

func (t *stepTable) markdown() string {
	var b strings.Builder
	if p := t.run.plan; p.Report != "" {
		fmt.Fprintf(&b, "**%s** · %s · %s\n\n", p.Title, p.Report, p.WindowTxt)
	}
	if t.run.plan.Skip != "" {
		fmt.Fprintf(&b, "%s: %s\n\n", t.run.plan.Skip, t.run.plan.SkipWhy)
	}
	b.WriteString("| step | where | state | what |\n|---|---|---|---|\n")
	for _, s := range t.steps {
		what := s.Detail
		if s.Error != "" {
			what = s.Error
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Where, s.State, strings.ReplaceAll(what, "|", "\\|"))
	}
	return b.String()
}

// where names a leg as people know it.
func (t *stepTable) where(leg string) string {
	for _, l := range t.run.plan.Legs {
		if l.ID == leg {
			return l.Title
		}
	}
	return leg
}
