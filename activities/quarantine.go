package activities

import (
	"context"
	"fmt"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
	"transporter/internal/receipt"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform"
)

// namedQuarantine is how many quarantined records an error names; the run record has more.
const namedQuarantine = 3

// acceptedRecords are the ids of records that may be left out.
func (p *Plan) acceptedRecords() []string {
	if p.Accept == nil {
		return nil
	}
	return p.Accept.Records
}

// complete refuses a rendering that lost records, or held back one that nobody accepted.
// Those are listed for the run record.
func (a *Run) complete(ctx context.Context, plan *Plan, r transform.Result, t *contract.Tracked, fetched source.Counts) error {
	if r.Entries != fetched.Kept {
		return fault.New(fault.CountMismatch, "%d records were staged, %d were rendered", fetched.Kept, r.Entries).
			WithFix("resume the run; if it lasts, the staged pages are damaged")
	}
	if r.Left == 0 {
		return nil
	}
	list := make([]receipt.Quarantined, 0, len(r.Quarantined))
	for _, q := range r.Quarantined {
		list = append(list, receipt.Quarantined{Record: q.RecordID, Column: q.Column, Reason: q.Reason})
	}
	if _, err := a.Stage.Commit(ctx, quarantineKey(plan), list); err != nil {
		return err
	}
	named := make([]string, 0, namedQuarantine)
	for _, q := range r.Quarantined[:min(len(r.Quarantined), namedQuarantine)] {
		named = append(named, fmt.Sprintf("%s (%s: %s)", q.RecordID, q.Column, q.Reason))
	}
	return fault.New(fault.Incomplete, "%d of %d records are in quarantine: %s", r.Left, r.Entries, strings.Join(named, ", ")).
		WithFix("have the records looked at and resume the run, or accept the run without them%s%s", rest(r), takesAway(plan, t))
}

// takesAway says what accepting does to rows that the window was delivered with.
func takesAway(plan *Plan, t *contract.Tracked) string {
	if t == nil {
		return ""
	}
	def, err := report.Get(plan.Spec.Report, plan.Version)
	folds := err == nil && def.Fold != "" // a row is of many records
	switch {
	case t.Lost > 0:
		return "; that takes " + human.Count(t.Lost, "row") + " of theirs away, with which the window was delivered"
	case t.Stay > 0:
		return "; " + human.Count(t.Stay, "row") + " of theirs, with which the window was delivered, stay with the receiver"
	case folds && t.After != nil && t.Changed+t.Removed > 0:
		return "; of the rows with which the window was delivered, " + human.Number(t.Changed) + " are then others and " + human.Number(t.Removed) + " removed"
	}
	return ""
}

// rest says what becomes of records that a run has no room to name.
func rest(r transform.Result) string {
	if r.Unnamed == 0 {
		return ""
	}
	return fmt.Sprintf(": it names the first %s, and the next attempt those after the accepted ones", human.Number(int64(len(r.Quarantined))))
}

// quarantineKey holds the list of one attempt, which its run record takes over.
func quarantineKey(plan *Plan) string {
	return fmt.Sprintf("%s/quarantine-a%04d", artefactsPrefix(plan.Delivery), plan.Attempt)
}

// quarantined reads the list back for the run record.
func (a *Run) quarantined(ctx context.Context, in contract.RecordIn) (list []receipt.Quarantined, err error) {
	if in.ErrorKind == "" || in.Plan.Key == "" {
		return nil, nil
	}
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return nil, err
	}
	if in.ErrorKind != string(fault.Incomplete) {
		return a.waited(ctx, &plan, in)
	}
	_, err = a.Stage.Committed(ctx, quarantineKey(&plan), &list)
	return list, err
}
