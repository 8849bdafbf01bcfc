package activities_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/manifest"
	"transporter/internal/report"
	"transporter/internal/task"
)

// bumped makes a report what a later release might ship: a later minor, with one more column at the end. It
// returns what the report is called before and then.
func bumped(t *testing.T, id string) (was, is string) {
	d, err := report.Get(id, "")
	require.NoError(t, err)
	before := *d
	t.Cleanup(func() { *d = before })
	last := d.Columns[0]
	last.Name = "once_more"
	d.Version, d.Columns = "1.99", append(d.Columns[:len(d.Columns):len(d.Columns)], last)
	return before.Ref(), d.Ref()
}

// A stored task pins a major: after a release with a later minor it goes on, delivers the new column, and says
// which version made the files. What the release before has rendered is neither taken for its own nor lost.
func TestStoredTasksGoOnAfterAMinorVersion(t *testing.T) {
	r := newReviser(t)
	r.params = map[string]json.RawMessage{"system_columns": json.RawMessage(`"none"`)}
	full := task.Revisions{Mode: task.RevisionsFull}
	r.task("before", "msg.conversations", "csv", full)
	r.task("midway", "msg.conversations", "csv", full)
	_, first := r.deliver("before", contract.RunInput{})
	plan, err := r.run.Plan(t.Context(), contract.PlanIn{Run: contract.RunInput{Account: "acme", Task: "midway", Generation: 1, Window: &r.window, Trigger: contract.TriggerManual}, Nominal: r.now, WorkflowID: "midway", RunID: "run"})
	require.NoError(t, err)
	midway := contract.StepIn{Plan: plan.Plan}
	fetched, err := do[contract.FetchOut](r.run.Fetch, midway)
	require.NoError(t, err)
	midway.Fetched = fetched.Index
	rendered, err := do[contract.TransformOut](r.run.Transform, midway)
	require.NoError(t, err)
	midway.Rendered = rendered.Index

	was, is := bumped(t, "msg.conversations")
	_, err = do[contract.EncryptOut](r.run.Encrypt, midway)
	requireKind(t, fault.SchemaMismatch, err)
	require.ErrorContains(t, err, "were made by "+was+", and this release has "+is)
	require.ErrorContains(t, err, "resume the run")
	again := contract.RunInput{Account: "acme", Task: "before", Generation: 1, Window: &r.window, Attempt: 2, Redeliver: true}
	_, err = r.run.Plan(t.Context(), contract.PlanIn{Run: again, Nominal: r.now, WorkflowID: "again", RunID: "run"})
	requireKind(t, fault.SchemaMismatch, err)
	require.ErrorContains(t, err, "running the window once more")

	_, out := r.deliver("midway", contract.RunInput{Attempt: 2})
	require.Equal(t, rendered.Rows, out.Rows)
	m := r.manifestOf("midway/msg.conversations_20261119T000000Z_20261120T000000Z.manifest.json")
	require.Equal(t, is, m.Report)
	require.Equal(t, "once_more", m.Columns[len(m.Columns)-1])

	_, out = r.deliver("before", contract.RunInput{Revision: 1, Look: r.now})
	require.Equal(t, first.Rows, out.Tracked.Changed, "every row has one more column")
	require.Equal(t, is, r.manifestOf("before/msg.conversations_20261119T000000Z_20261120T000000Z_r1.manifest.json").Report)
}

func (b *bench) manifestOf(name string) manifest.Manifest {
	b.t.Helper()
	m, err := manifest.Read(b.read(name), b.public)
	require.NoError(b.t, err)
	return m
}
