package rowindex_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/rowindex"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// fewEntries is how much a writer of these tests holds: some 20 entries, so that small sets
// are several runs.
const fewEntries = 2 << 10

func newStage(t testing.TB) *staging.Stage {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return staging.New(st, seal.NewBox(ring))
}

func write(t require.TestingT, stage *staging.Stage, entries ...rowindex.Entry) rowindex.Index {
	ctx := context.Background()
	w := rowindex.New(stage, "rows", fewEntries)
	defer w.Abort()
	for _, e := range entries {
		require.NoError(t, w.Add(ctx, e))
	}
	index, err := w.Finish(ctx)
	require.NoError(t, err)
	return index
}

func diff(t require.TestingT, stage *staging.Stage, before, now rowindex.Index) (all []rowindex.Change) {
	for c, err := range rowindex.Diff(rowindex.Read(context.Background(), stage, before), rowindex.Read(context.Background(), stage, now)) {
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

// row is a row of the model: its content, and how often it was exported with another.
type row struct {
	content string
	rev     int64
	gone    bool
}

// TestRevisionsOfASet lets a set change at random, some revisions long, and compares every
// change and count with a map that is kept beside it.
func TestRevisionsOfASet(t *testing.T) {
	stage := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		model := map[string]row{}
		last := write(t, stage)
		for revision := range rapid.IntRange(1, 4).Draw(t, "revisions") {
			set := map[string]string{}
			for range rapid.IntRange(0, 60).Draw(t, "rows") {
				set[fmt.Sprint("k", rapid.IntRange(0, 50).Draw(t, "key"))] = fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "content"))
			}
			var now []rowindex.Entry
			for key, content := range set {
				now = append(now, rowindex.Entry{Key: key, Hash: rowindex.Sum([]byte(content)), Row: int64(len(now))})
			}
			rand.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
			want := apply(model, set)
			var next []rowindex.Entry
			at, seen := int64(1000+revision), ""
			for _, c := range diff(t, stage, last, write(t, stage, now...)) {
				require.Less(t, seen, c.Entry.Key, "ascending, each once")
				seen = c.Entry.Key
				require.Equal(t, want[c.Entry.Key], c.Kind, "%s in revision %d", c.Entry.Key, revision)
				require.Equal(t, model[c.Entry.Key].rev, c.Entry.Rev, "%s in revision %d", c.Entry.Key, revision)
				kept := c.Kept(at)
				require.Equal(t, model[c.Entry.Key].gone, kept.Removed != 0)
				next = append(next, kept)
			}
			require.Len(t, next, len(want))
			last = write(t, stage, next...)
		}
	})
}

// apply moves the model on to the set and says what became of every key.
func apply(model map[string]row, set map[string]string) map[string]rowindex.Kind {
	became := map[string]rowindex.Kind{}
	for key, was := range model {
		switch _, there := set[key]; {
		case there:
		case was.gone:
			became[key] = rowindex.Gone
		default:
			became[key] = rowindex.Removed
			model[key] = row{was.content, was.rev + 1, true}
		}
	}
	for key, content := range set {
		was, known := model[key]
		switch {
		case !known:
			became[key], model[key] = rowindex.Added, row{content: content}
		case was.gone:
			became[key], model[key] = rowindex.Added, row{content, was.rev + 1, false}
		case was.content != content:
			became[key], model[key] = rowindex.Changed, row{content, was.rev + 1, false}
		default:
			became[key] = rowindex.Same
		}
	}
	return became
}

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	stage := newStage(t)
	want := map[string]rowindex.Entry{}
	for i := range 500 {
		e := rowindex.Entry{
			Key: fmt.Sprintf("conversation:%d:\x00\xff", i*7919%500), Hash: rowindex.Sum([]byte{byte(i)}),
			Rev: int64(i % 3), Row: int64(i), Removed: int64(i%2) * 1_700_000_000_000, Maker: rowindex.MakerOf(fmt.Sprint(i / 2)),
		}
		want[e.Key] = e
	}
	index := write(t, stage, slices.Collect(maps.Values(want))...)
	require.Greater(t, len(index.Runs), 1, "or this does not merge")
	require.EqualValues(t, 500, index.Entries)
	got := collect(t, rowindex.Read(context.Background(), stage, index))
	require.Len(t, got, len(want))
	for _, e := range got {
		require.Equal(t, want[e.Key], e)
	}
}

func collect(t *testing.T, seq iter.Seq2[rowindex.Entry, error]) (all []rowindex.Entry) {
	for e, err := range seq {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// TestRepeatedKeyIsRefused has two rows with one key, in one run and in two.
func TestRepeatedKeyIsRefused(t *testing.T) {
	stage := newStage(t)
	for _, between := range []int{0, 100} {
		entries := []rowindex.Entry{{Key: "twice", Row: 1}}
		for i := range between {
			entries = append(entries, rowindex.Entry{Key: fmt.Sprint("k", i)})
		}
		index := write(t, stage, append(entries, rowindex.Entry{Key: "twice", Row: 2})...)
		var last error
		for _, err := range rowindex.Diff(rowindex.Read(context.Background(), stage, rowindex.Index{}), rowindex.Read(context.Background(), stage, index)) {
			last = err
		}
		require.True(t, fault.Is(last, fault.SchemaMismatch), "%v", last)
		require.ErrorContains(t, last, "1 of")
	}
}

// A row that is not there now can stay in the index as it was, as if it were the same.
func TestARowThatStays(t *testing.T) {
	stage := newStage(t)
	was := rowindex.Entry{Key: "a", Hash: rowindex.Sum([]byte("x")), Rev: 3, Row: 7, Maker: rowindex.MakerOf("m")}
	changes := diff(t, stage, write(t, stage, was), write(t, stage))
	require.Len(t, changes, 1)
	require.Equal(t, rowindex.Removed, changes[0].Kind)
	require.Equal(t, was, changes[0].Stays())
}

func TestEarlyEndOfDiff(t *testing.T) {
	stage := newStage(t)
	index := write(t, stage, rowindex.Entry{Key: "a"}, rowindex.Entry{Key: "b"})
	for c, err := range rowindex.Diff(rowindex.Read(context.Background(), stage, index), rowindex.Read(context.Background(), stage, rowindex.Index{})) {
		require.NoError(t, err)
		require.Equal(t, rowindex.Removed, c.Kind)
		break
	}
}

// TestLostRunIsAnError never takes a set that cannot be read for one without rows.
func TestLostRunIsAnError(t *testing.T) {
	stage := newStage(t)
	index := write(t, stage, rowindex.Entry{Key: "a"})
	_, err := stage.RemoveAll(context.Background(), "rows")
	require.NoError(t, err)
	var last error
	for _, err := range rowindex.Diff(rowindex.Read(context.Background(), stage, index), rowindex.Read(context.Background(), stage, rowindex.Index{})) {
		last = err
	}
	require.True(t, fault.Is(last, fault.NotFound), "%v", last)
}
