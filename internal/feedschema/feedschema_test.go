package feedschema_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed/docs"
	"transporter/internal/feed/doortest"
	"transporter/internal/feedschema"
	"transporter/internal/seal"
	"transporter/internal/store"
)

const (
	account, source = "acme", "s1"
	metrics         = "convos_metrics"
)

var start = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

func newBook(t *testing.T) *feedschema.Book {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	return feedschema.New(st, seal.NewBox(ring))
}

// described is a document in which platform has a type and the table a rhythm.
func described(platform, sync string, more ...string) string {
	return fmt.Sprintf(`
schemas:
- tables:
  - {name: convos_metrics, version: "1", primary_key: issue_id, sync_time: %s, columns: [{name: issue_id, type: bigint}, {name: platform, type: "%s"}]}
  - {name: reps, columns: [{name: rep_id, type: bigint}]}
%s`, sync, platform, strings.Join(more, "\n"))
}

// world is a bucket that is looked at day by day.
type world struct {
	*testing.T
	doortest.Memory
	book *feedschema.Book
	now  time.Time
}

func newWorld(t *testing.T) *world { return &world{T: t, book: newBook(t), now: start} }

// export writes the description of the day, and its flag.
func (w *world) export(text string) {
	folder := "export_docs/version=1/format=yaml/dt=" + w.now.Format(time.DateOnly) + "/"
	w.Put(folder+docs.Name, text, w.now)
	w.Put(folder+"_SUCCESS", "", w.now)
}

func (w *world) look() feedschema.Looked {
	w.Helper()
	out, err := w.book.Look(context.Background(), &w.Memory, feedschema.Ask{Account: account, Source: source, Feeds: []string{metrics}, Now: w.now})
	require.NoError(w, err)
	return out
}

func (w *world) tomorrow() { w.now = w.now.Add(24 * time.Hour) }

func (w *world) held(feed string) []feedschema.Hold {
	w.Helper()
	holds, err := w.book.Held(context.Background(), account, source, feed, "1")
	require.NoError(w, err)
	return holds
}

func (w *world) schema() feedschema.Schema {
	w.Helper()
	s, err := w.book.Schema(context.Background(), account, source, metrics, "1")
	require.NoError(w, err)
	return s
}

func TestFeedsGoOn(t *testing.T) {
	w := newWorld(t)
	w.export(described("varchar(191)", "1h"))
	require.Empty(t, w.look().Changes, "the first description is compared with nothing")
	w.tomorrow()
	w.export(described("varchar(255)", "1d", "  - {name: intents, columns: []}"))
	require.Equal(t, []string{
		"convos_metrics: sync_time 1h → 1d (cadence: when a leaf is late follows it)",
		"convos_metrics.platform: type varchar(191) → varchar(255) (widening: taken as it is)",
		"intents: new table (catalogue: nothing happens by itself: a task for it is made or deleted by people)",
	}, docs.Lines(w.look().Changes))
	require.Empty(t, w.held(metrics))
	s := w.schema()
	require.Equal(t, "1d", s.Table.SyncTime, "lateness follows what is in force")
	require.Len(t, s.History, 2, "of this feed")
}

func TestBreakingChangeIsHeldUntilReleased(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.export(described("varchar(191)", "1h"))
	w.look()
	w.tomorrow()
	w.export(described("varchar(3)", "1h"))
	w.look()
	holds := w.held(metrics)
	require.Len(t, holds, 1)
	require.Empty(t, w.held("reps"), "another feed is not held")
	wait := holds[0].Wait(source)
	require.True(t, fault.Is(wait, fault.NotReady))
	require.ErrorContains(t, wait, "convos_metrics.platform: type varchar(191) → varchar(3)")
	require.ErrorContains(t, wait, "starter feed release s1 convos_metrics "+holds[0].ID)

	_, err := w.book.Release(ctx, account, source, metrics, "1", holds[0].ID, feedschema.Release{Reason: " ", At: w.now})
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	_, err = w.book.Release(ctx, account, source, metrics, "1", "0000000000000000", feedschema.Release{Reason: "x", At: w.now})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = w.book.Release(ctx, account, source, "reps", "1", holds[0].ID, feedschema.Release{Reason: "x", At: w.now})
	require.True(t, fault.Is(err, fault.NotFound), "a change of another feed: %v", err)
	require.Len(t, w.held(metrics), 1)

	released, err := w.book.Release(ctx, account, source, metrics, "1", holds[0].ID, feedschema.Release{Reason: "ops: rows look right", At: w.now})
	require.NoError(t, err)
	require.Equal(t, "ops: rows look right", released.Released.Reason)
	again, err := w.book.Release(ctx, account, source, metrics, "1", holds[0].ID, feedschema.Release{Reason: "second", At: w.now})
	require.NoError(t, err)
	require.Equal(t, "ops: rows look right", again.Released.Reason, "who was first stays on record")
	require.Empty(t, w.held(metrics))

	w.tomorrow()
	w.export(described("varchar(191)", "1h"))
	w.look()
	require.Empty(t, w.held(metrics), "wider")
	w.tomorrow()
	w.export(described("varchar(3)", "1h"))
	w.look()
	require.Len(t, w.held(metrics), 1, "the same change another time is another change")
	require.NotEqual(t, holds[0].ID, w.held(metrics)[0].ID)
	require.Len(t, w.schema().Holds, 2)
}

func TestNewVersionFolder(t *testing.T) {
	w := newWorld(t)
	leaf := "/format=jsonl/dt=2026-11-20/hr=05/_SUCCESS"
	w.Put(metrics+"/version=1"+leaf, "", w.now)
	w.look()
	require.Equal(t, []string{"1"}, w.schema().Versions)
	w.tomorrow()
	w.Put(metrics+"/version=2"+leaf, "", w.now)
	changes := w.look().Changes
	require.Len(t, changes, 1)
	require.Equal(t, docs.Breaking, changes[0].Class)
	require.Contains(t, changes[0].String(), "it is read when a task asks for that version; the other goes on")
	require.Empty(t, w.held(metrics), "the old one keeps running")
	w.tomorrow()
	require.Empty(t, w.look().Changes, "noted once")
	require.Equal(t, []string{"1", "2"}, w.schema().Versions)
}

func TestDocsMissingOrUnparsableToday(t *testing.T) {
	for name, today := range map[string]func(*world){
		"missing":    func(w *world) { w.Clear() },
		"unparsable": func(w *world) { w.export("schemas: [{tables: [") },
		"empty":      func(w *world) { w.export("") },
		"denied":     func(w *world) { w.Denied = "/" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.export(described("varchar(191)", "1h"))
			w.look()
			w.tomorrow()
			w.tomorrow() // what was there is stale, so that it is looked for everywhere
			today(w)
			out := w.look()
			require.Len(t, out.Warnings, 1)
			require.Empty(t, out.Changes)
			require.Empty(t, w.held(metrics), "imports go on")
			require.Equal(t, "1h", w.schema().Table.SyncTime, "yesterday's stays in force")
			w.tomorrow()
			w.Denied = ""
			w.export(described("varchar(3)", "1h"))
			require.Empty(t, w.look().Warnings)
			require.Len(t, w.held(metrics), 1, "compared with the last one that could be read")
		})
	}
}

func TestLookIsCheapWhenNothingChanged(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.Put(fmt.Sprintf("feed%d/version=1/format=jsonl/dt=2026-11-20/hr=05/_SUCCESS", i), "", w.now)
	}
	w.export(described("varchar(191)", "1h"))
	w.look()
	w.Asked = 0
	w.now = w.now.Add(30 * time.Minute)
	w.look()
	require.Zero(t, w.Asked, "within the hour")
	w.now = w.now.Add(40 * time.Minute)
	w.look()
	require.LessOrEqual(t, w.Asked, 4, "where it lay before, and the versions of one feed")
}

func TestWhereTheDescriptionLies(t *testing.T) {
	old := start.Add(-time.Hour)
	for name, c := range map[string]struct {
		keys map[string]time.Time
		want string
	}{
		"nowhere":                         {map[string]time.Time{"a/version=1/b.yaml": old}, ""},
		"at the root":                     {map[string]time.Time{"export_docs.yaml": old}, "export_docs.yaml"},
		"another name":                    {map[string]time.Time{"a/my_export_docs.yaml": old}, ""},
		"without a date":                  {map[string]time.Time{"docs/export_docs.yaml": old, "docs/old/export_docs.yaml": old.Add(-time.Hour)}, "docs/export_docs.yaml"},
		"the newest date counts":          {map[string]time.Time{"d/dt=2026-11-19/export_docs.yaml": old, "d/dt=2026-11-20/export_docs.yaml": old.Add(-time.Hour)}, "d/dt=2026-11-20/export_docs.yaml"},
		"in a feed's own partition":       {map[string]time.Time{"reps/version=1/format=jsonl/dt=2026-11-20/hr=05/export_docs.yaml": old, "reps/version=1/format=jsonl/dt=2026-11-20/hr=06/_SUCCESS": old}, "reps/version=1/format=jsonl/dt=2026-11-20/hr=05/export_docs.yaml"},
		"being written":                   {map[string]time.Time{"d/dt=2026-11-19/export_docs.yaml": old, "d/dt=2026-11-20/export_docs.yaml": start}, "d/dt=2026-11-19/export_docs.yaml"},
		"just written, and said to be so": {map[string]time.Time{"d/dt=2026-11-20/export_docs.yaml": start, "d/dt=2026-11-20/_SUCCESS": start}, "d/dt=2026-11-20/export_docs.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for key, at := range c.keys {
				w.Put(key, described("varchar(191)", "1h"), at)
			}
			out := w.look()
			if c.want == "" {
				require.Nil(t, out.Object)
				require.Len(t, out.Warnings, 1)
				return
			}
			require.Equal(t, c.want, out.Object.Key)
			require.NotNil(t, w.schema().Table)
		})
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	w := newWorld(t)
	w.export(described("varchar(191)", "1h", "  - {name: intents, columns: [], future: {a: 1}}"))
	w.look()
	out := w.schema()
	require.Equal(t, out.Looked.SHA256, w.look().SHA256)
	text, err := w.book.Text(context.Background(), account, source)
	require.NoError(t, err)
	require.Contains(t, string(text), "future: {a: 1}", "the description is kept as it came")
}

func TestColumnsOfTheData(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.export(described("varchar(191)", "1h"))
	w.look()
	require.Empty(t, w.schema().Data, "nothing was read yet")
	require.NoError(t, w.book.Saw(ctx, account, source, metrics, "1", []string{"issue_id", "новый/столбец"}))
	require.NoError(t, w.book.Saw(ctx, account, source, metrics, "1", []string{"issue_id"}))
	require.NoError(t, w.book.Saw(ctx, account, source, metrics, "2", []string{"other"}))
	require.Equal(t, []string{
		"convos_metrics.новый/столбец: is in the data and not described (drift: kept in the report's column of that name, otherwise in the column extra)",
		"convos_metrics.platform: is described and not in the data (normal: the column is empty)",
	}, docs.Lines(w.schema().Data))
}

// TestManyWorkersLoseNoDiff: whatever each of them sees of a bucket that changes meanwhile, every change
// from one description to the next is noted once and in order.
func TestManyWorkersLoseNoDiff(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.export(described("varchar(1000)", "1h"))
	w.look()
	const days, workers = 8, 6
	for day := range days {
		w.tomorrow()
		w.export(described(fmt.Sprintf("varchar(%d)", 900-day), "1h"))
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				_, err := w.book.Look(ctx, &w.Memory, feedschema.Ask{Account: account, Source: source, Feeds: []string{metrics}, Now: w.now})
				require.NoError(t, err)
			})
		}
		all.Wait()
	}
	holds := w.held(metrics)
	require.Len(t, holds, days)
	for day, h := range holds {
		require.Equal(t, fmt.Sprintf("varchar(%d)", 900-day), h.Changes[0].To)
	}
}

// TestALateWorkerDoesNotBringYesterdayBack: who listed before today's description came must not make
// it the one in force.
func TestALateWorkerDoesNotBringYesterdayBack(t *testing.T) {
	for name, before := range map[string]bool{"listed while the other reads": false, "listed what another saw long ago": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.export(described("varchar(255)", "1h"))
			late := w.Copy()
			w.tomorrow()
			w.export(described("varchar(191)", "1h"))
			now := w.now.Add(-time.Minute)
			if before {
				w.look()
				now = w.now.Add(2 * time.Hour)
			} else {
				late.Opening = func() { w.look() }
			}
			out, err := w.book.Look(context.Background(), late, feedschema.Ask{Account: account, Source: source, Now: now})
			require.NoError(t, err)
			require.Empty(t, out.Changes)
			require.Empty(t, w.held(metrics))
			require.Equal(t, "varchar(191)", w.schema().Table.Columns[1].Type)
		})
	}
}
