package activities

import (
	"context"
	"slices"
	"strings"

	"transporter/internal/feed"
	"transporter/internal/incident"
)

// note is what people should know of how the window was read.
func (i FetchIndex) note() string {
	silent := ""
	if len(i.Silent) > 0 {
		silent = "nothing was exported of " + i.Silent.String()
	}
	return joined(silent, i.Note)
}

// joined puts what is said of a window in a row.
func joined(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(n string) bool { return n == "" }), "; ")
}

// absentHash is what the next delivery of the window compares with, to tell a receiver what is absent no more, or
// anew; empty if nothing is.
func absentHash(absent feed.Windows) (string, error) {
	if len(absent) == 0 {
		return "", nil
	}
	return digest("absent/1", absent)
}

// silent lets people know, once, of parts of a window of which a feed by the minute should have leaves and
// has none. The window goes on without them: minutes in which nothing happened may have none. That there are
// none such any more ends it: what is exported later makes a revision, which reads the window again.
func (a *Run) silent(ctx context.Context, plan *Plan, parts feed.Windows) error {
	account, id, key := plan.Delivery.Account, plan.Delivery.Task, incident.WindowKey(plan.Delivery.Generation, plan.Window)
	if len(parts) == 0 {
		_, err := a.Told.Close(ctx, account, id, incident.FeedSilent, key, a.Now(), "the platform has exported it")
		return err
	}
	fix := "what it exports within 35 days is delivered as a revision"
	if !plan.Spec.Revisions.On() {
		fix = "run the window again once it has exported it, as the task delivers no revisions"
	}
	_, err := a.Told.Open(ctx, incident.Incident{
		Account: account, Task: id, Kind: incident.FeedSilent, Key: key, Opened: a.Now().UTC(), Run: plan.WorkflowID,
		Title: plan.Spec.Description + ": the platform has exported nothing of a part of a window", Detail: clip(parts.String()),
		Fix: "ask the platform about it; " + fix,
	})
	return err
}
