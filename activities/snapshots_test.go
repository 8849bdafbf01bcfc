package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/source"
	"transporter/internal/task"
)

// lists is a source of profiles that change from one reading to the next.
type lists struct {
	*activity
	profiles map[string]string // names by id
}

// Source implements activities.Adapters.
func (l *lists) Source(context.Context, string, account.Source) (source.Source, error) {
	l.changes = nil
	for id, name := range l.profiles {
		l.changes = append(l.changes, source.Record{ID: id, Order: 1, Raw: fmt.Appendf(nil, `{"id":%s,"name":%q,"deleted":false}`, id, name), FetchedAt: l.now.UnixMilli()})
	}
	slices.SortFunc(l.changes, func(a, b source.Record) int { return strings.Compare(a.ID, b.ID) })
	return listSource{activitySource{l.activity}}, nil
}

// listSource answers with everything, whatever the window.
type listSource struct{ activitySource }

// Fetch implements source.Source.
func (s listSource) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	q.From, q.To = 0, 2
	return s.activitySource.Fetch(ctx, q, sink)
}

func newLists(t *testing.T) *lists {
	l := &lists{activity: newActivity(t), profiles: map[string]string{}}
	l.run.Adapters = l
	return l
}

// edit makes the task deliver in the mode from a moment on.
func (l *lists) edit(id string, generation int, from int64, params map[string]any) {
	l.t.Helper()
	given := map[string]json.RawMessage{}
	for name, value := range params {
		raw, err := json.Marshal(value)
		require.NoError(l.t, err)
		given[name] = raw
	}
	_, err := l.run.Ledger.(*ledger.Ledger).Append(l.t.Context(), "acme", id, ledger.Entry{
		EffectiveFrom: time.UnixMilli(from).Add(time.Hour), Generation: generation, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "cfg.profiles", Version: "1.0", Format: "jsonl", Zone: "UTC", Parameters: given,
			Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}, EmptyResult: task.EmptyMarker,
			Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(l.t, err)
}

// read runs the steps up to fetch, at the given time after the window's end.
func (l *lists) read(id string, generation int, window contract.Span) (contract.StepIn, error) {
	l.t.Helper()
	return l.readAs(contract.RunInput{Task: id, Generation: generation, Window: &window})
}

func (l *lists) readAs(run contract.RunInput) (contract.StepIn, error) {
	l.t.Helper()
	l.now = time.UnixMilli(run.Window.To).Add(time.Hour + time.Duration(run.Revision)*time.Minute)
	run.Account, run.Attempt, run.Trigger = "acme", 1, contract.TriggerResume
	plan, err := l.run.Plan(l.t.Context(), contract.PlanIn{
		Run: run, Nominal: l.now, WorkflowID: fmt.Sprint(run.Task, run.Window.From, run.Revision), RunID: "run",
	})
	require.NoError(l.t, err)
	in := contract.StepIn{Plan: plan.Plan}
	out, err := l.fetch(plan.Plan)
	in.Fetched = out.Index
	return in, err
}

// told returns what the window delivers: "changed 2 Bee" of each row, or "2 Bee".
func (l *lists) told(in contract.StepIn) (lines []string, err error) {
	body, err := l.rows(in)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(body) {
		var row map[string]any
		require.NoError(l.t, json.Unmarshal([]byte(line), &row))
		text := fmt.Sprint(row["profile_id"], " ", row["name"])
		if change, there := row["_change"]; there {
			text = fmt.Sprint(change, " ", text)
		}
		lines = append(lines, text)
	}
	return lines, nil
}

func days(n int) contract.Span {
	length := 24 * time.Hour.Milliseconds()
	return contract.Span{From: day.From + int64(n)*length, To: day.To + int64(n)*length}
}

// Changes are told from the snapshot of the window before, also of one that delivered all rows;
// a window that comes late has been told with the one after it.
func TestChangesSinceTheSnapshotBefore(t *testing.T) {
	l := newLists(t)
	l.edit("team", 1, day.From, nil)
	l.edit("team", 2, days(1).From, map[string]any{"mode": "changes"})
	l.profiles = map[string]string{"1": "Ant", "2": "Bee", "3": "Cat"}
	in, err := l.read("team", 1, days(0))
	require.NoError(t, err)
	told, err := l.told(in)
	require.NoError(t, err)
	require.Equal(t, []string{"1 Ant", "2 Bee", "3 Cat"}, told)
	require.NoError(t, l.clean(in), "the pages are the snapshot")

	l.profiles = map[string]string{"1": "Ant", "2": "Bumblebee", "4": "Dog"}
	in, err = l.read("team", 2, days(1))
	require.NoError(t, err)
	for range 2 { // a repeat tells the same
		told, err = l.told(in)
		require.NoError(t, err)
		require.Equal(t, []string{"changed 2 Bumblebee", "removed 3 Cat", "added 4 Dog"}, told)
	}
	require.NoError(t, l.clean(in))

	l.profiles["3"] = "Cat"
	late, err := l.read("team", 2, days(2))
	require.NoError(t, err)
	delete(l.profiles, "3")
	delete(l.profiles, "4")
	in, err = l.read("team", 2, days(3))
	require.NoError(t, err)
	told, err = l.told(in)
	require.NoError(t, err)
	require.Equal(t, []string{"removed 4 Dog"}, told)
	_, err = l.told(late)
	requireKind(t, fault.Expired, err)
}

// Whatever happens between two windows, who applies what is told has the list as it was read last: items that are
// deleted and made again under their id, renamed and renamed back, windows that no run was made for, runs that
// failed once they had read, and windows that are delivered once more, in place of what they told before.
func TestChangesAddUpWhateverHappens(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	l := newLists(t)
	l.edit("team", 1, day.From, map[string]any{"mode": "changes"})
	table, told, again := map[string]string{}, 0, 0
	for n := range 16 {
		for range rnd.IntN(6) {
			id := fmt.Sprint(1 + rnd.IntN(5))
			if delete(l.profiles, id); rnd.IntN(3) > 0 {
				l.profiles[id] = fmt.Sprint("name ", rnd.IntN(2))
			}
		}
		before := maps.Clone(table)
		for revision := 0; ; revision++ {
			window := days(n)
			fate := rnd.IntN(4)
			if fate == 0 && revision == 0 {
				break // no run was made
			}
			in, err := l.readAs(contract.RunInput{Task: "team", Generation: 1, Window: &window, Revision: revision})
			require.NoError(t, err)
			if fate == 1 {
				break // it failed
			}
			lines, err := l.told(in)
			require.NoError(t, err)
			table = maps.Clone(before)
			for _, line := range lines {
				f := strings.SplitN(line, " ", 3)
				if _, there := before[f[1]]; there != (f[0] != "added") {
					require.Fail(t, "not applicable", "%s to %v", line, before)
				}
				if table[f[1]] = f[2]; f[0] == "removed" {
					delete(table, f[1])
				}
			}
			require.Equal(t, l.profiles, table, "window %d, revision %d", n, revision)
			told, again = told+1, again+revision
			if fate == 2 {
				break
			}
			id := fmt.Sprint(1 + rnd.IntN(5)) // and it is delivered once more
			if delete(l.profiles, id); rnd.IntN(2) > 0 {
				l.profiles[id] = "again"
			}
		}
	}
	require.Positive(t, told)
	t.Logf("%d deliveries, %d of windows once more", told, again)
}

// Once what the window before read is gone, nobody can tell the changes of a window that is delivered once more:
// all rows as added would leave those with the receiver that were removed.
func TestChangesSinceASnapshotThatIsGone(t *testing.T) {
	l := newLists(t)
	l.edit("team", 1, day.From, map[string]any{"mode": "changes"})
	for n := range 2 {
		l.profiles = map[string]string{"1": "Ant", fmt.Sprint(n + 2): "Bee"}
		in, err := l.read("team", 1, days(n))
		require.NoError(t, err)
		_, err = l.told(in)
		require.NoError(t, err)
	}
	const first = "snapshots/acme/src/cfg.profiles/team/00000001"
	require.NoError(t, l.store.Delete(t.Context(), first))
	window := days(1)
	in, err := l.readAs(contract.RunInput{Task: "team", Generation: 1, Window: &window, Revision: 1})
	require.NoError(t, err)
	_, err = l.told(in)
	requireKind(t, fault.Expired, err)
	require.ErrorContains(t, err, "no longer kept")

	in, err = l.read("team", 1, days(2))
	require.NoError(t, err)
	told, err := l.told(in)
	require.NoError(t, err)
	require.Empty(t, told, "the next goes on from the newest")
}

// The first changes are all rows.
func TestFirstChanges(t *testing.T) {
	l := newLists(t)
	l.edit("team", 1, day.From, map[string]any{"mode": "changes"})
	l.profiles = map[string]string{"1": "Ant", "2": "Bee"}
	in, err := l.read("team", 1, days(0))
	require.NoError(t, err)
	told, err := l.told(in)
	require.NoError(t, err)
	require.Equal(t, []string{"added 1 Ant", "added 2 Bee"}, told)
}

// A task delivers what another read before a moment, as it was then.
func TestAsOfIsTheSnapshotOfThen(t *testing.T) {
	l := newLists(t)
	l.edit("team", 1, day.From, nil)
	var files []string
	for n := range 4 {
		l.profiles = map[string]string{"1": fmt.Sprint("name ", n)}
		in, err := l.read("team", 1, days(n))
		require.NoError(t, err)
		body, err := l.rows(in)
		require.NoError(t, err)
		require.NoError(t, l.clean(in))
		files = append(files, body)
	}
	l.profiles = nil
	for n, want := range files {
		for i, at := range []time.Duration{time.Hour, 24 * time.Hour} { // read at 01:00, until the next one
			if i == 1 && n == len(files)-1 {
				at = 400 * 24 * time.Hour
			}
			id := fmt.Sprintf("then-%d-%d", n, i)
			l.edit(id, 1, day.From, map[string]any{"mode": "as_of", "as_of": time.UnixMilli(days(n).To).Add(at).UTC().Format(time.RFC3339)})
			in, err := l.read(id, 1, days(5))
			require.NoError(t, err)
			got, err := l.rows(in)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.NoError(t, l.clean(in))
		}
	}
	l.edit("before", 1, day.From, map[string]any{"mode": "as_of", "as_of": time.UnixMilli(day.To).UTC().Format(time.RFC3339)})
	_, err := l.read("before", 1, days(5))
	requireKind(t, fault.NotFound, err)
	require.ErrorContains(t, err, "no snapshot of cfg.profiles was taken by")
}

func (l *lists) clean(in contract.StepIn) error {
	_, err := do[struct{}](func(ctx context.Context, in contract.StepIn) (struct{}, error) {
		return struct{}{}, l.run.Clean(ctx, in)
	}, in)
	return err
}

var _ activities.Adapters = (*lists)(nil)
