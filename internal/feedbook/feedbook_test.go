package feedbook_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
)

var table = feedbook.Table{Account: "acme", Source: "s1", Report: "asapp.convos_metrics", Dedupe: "reference", Version: "1"}

type shelf struct {
	*feedbook.Book
	stage *staging.Stage
}

func newShelf(t testing.TB) shelf {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	stage := staging.New(st, box)
	return shelf{feedbook.New(feedbook.NewLedger(st, box), stage, time.Now), stage}
}

// leafOf is a leaf as it is exported for the nth time.
func leafOf(hour, export int) *feed.Leaf {
	at := time.Date(2026, 11, 20, hour, export, 0, 0, time.UTC)
	return &feed.Leaf{
		Stamp: feed.Stamp{Date: "2026-11-20", Hour: hour, Minute: feed.None},
		Files: []feed.File{{Object: feed.Object{Key: fmt.Sprint(hour), Modified: at}}}, Success: &feed.Object{Key: "_SUCCESS", Modified: at},
	}
}

// reading gives rows "key=rank", and bad lines "!…".
func reading(lines ...string) feedbook.Reading {
	return func(add func(context.Context, source.Record) error) (c source.LeafCounts, err error) {
		for _, l := range lines {
			c.Lines++
			r := source.Record{ID: l, Raw: []byte(`{}`)}
			if l[0] == '!' {
				c.Bad++
			} else {
				r.ID, r.Rank, r.Raw = l[:1], l[2:], []byte(fmt.Sprintf(`{"v":%q}`, l))
			}
			if err := add(context.Background(), r); err != nil {
				return c, err
			}
		}
		return c, nil
	}
}

// A leaf is read once for each of its exports, and its generation rises.
func TestALeafIsReadOncePerFingerprint(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	row, err := s.Leaf(ctx, table, leafOf(5, 0))
	require.NoError(t, err)
	require.Nil(t, row)
	row, err = s.Stage(ctx, table, leafOf(5, 0), reading("a=1", "b=1", "a=2", "!line 3"))
	require.NoError(t, err)
	require.Equal(t, 1, row.Generation)
	require.EqualValues(t, 2, row.Rows.Rows)
	require.EqualValues(t, 1, row.Repeated())
	again, err := s.Leaf(ctx, table, leafOf(5, 0))
	require.NoError(t, err)
	require.Equal(t, row, again)

	later, err := s.Leaf(ctx, table, leafOf(5, 1))
	require.NoError(t, err)
	require.Nil(t, later, "an export that was not read")
	later, err = s.Stage(ctx, table, leafOf(5, 1), reading("a=3"))
	require.NoError(t, err)
	require.Equal(t, 2, later.Generation)

	// Somebody else has read the same export meanwhile: one of them counts.
	twice, err := s.Stage(ctx, table, leafOf(5, 1), reading("a=3"))
	require.NoError(t, err)
	require.Equal(t, later, twice)

	rows, err := s.Leaves(ctx, table, "2026-11-20", "2026-11-20")
	require.NoError(t, err)
	require.Equal(t, []feedbook.Leaf{*later}, rows)
	rows, err = s.Leaves(ctx, table, "2026-11-21", "2026-11-30")
	require.NoError(t, err)
	require.Empty(t, rows)
}

// What the source counts and what was staged must agree.
func TestALeafThatLostLinesIsRefused(t *testing.T) {
	s := newShelf(t)
	_, err := s.Stage(t.Context(), table, leafOf(5, 0), func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
		c, err := reading("a=1")(add)
		c.Lines++
		return c, err
	})
	require.True(t, fault.Is(err, fault.CountMismatch), err)
	row, err := s.Leaf(t.Context(), table, leafOf(5, 0))
	require.NoError(t, err)
	require.Nil(t, row)
}

func delivery(n int) contract.Delivery {
	return contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: contract.Span{From: int64(n), To: int64(n + 1)}}
}

// States are numbered in the order of their commits; the second of two renders again.
func TestStatesAreCommittedOneAfterTheOther(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	leaf, err := s.Stage(ctx, table, leafOf(5, 0), reading("a=1"))
	require.NoError(t, err)
	place, err := s.Place(ctx, delivery(1))
	require.NoError(t, err)
	require.Zero(t, place)

	first, second := place.Base.With([]feedbook.Leaf{*leaf}), place.Base.With([]feedbook.Leaf{*leaf})
	first.Delivery, second.Delivery = delivery(1), delivery(2)
	require.NoError(t, s.Commit(ctx, first))
	require.NoError(t, s.Commit(ctx, first), "a repeat")
	require.True(t, fault.Is(s.Commit(ctx, second), fault.NotReady))

	place, err = s.Place(ctx, delivery(2))
	require.NoError(t, err)
	require.Nil(t, place.Own)
	require.Equal(t, first, place.Base)
	second = place.Base.With(nil)
	second.Delivery = delivery(2)
	require.NoError(t, s.Commit(ctx, second))

	place, err = s.Place(ctx, delivery(1))
	require.NoError(t, err)
	require.Equal(t, 1, place.Own.Number)
	require.Zero(t, place.Base, "nothing was before it")
	place, err = s.Place(ctx, delivery(2))
	require.NoError(t, err)
	require.Equal(t, 2, place.Own.Number)
	require.Equal(t, 1, place.Base.Number)
}

// Whatever comes, comes anew, and in whichever order, compacted or not: the table is the greatest
// rank of every key over the newest exports of all leaves.
func TestATableIsTheLatestRowOfEveryKey(t *testing.T) {
	feedbook.CompactAt(6, 2)
	s := newShelf(t)
	rapid.Check(t, func(r *rapid.T) {
		table := table
		table.Source = rapid.StringMatching("[a-z]{12}").Draw(r, "source") // its own ledger
		ctx := context.Background()
		state, model := feedbook.State{}, map[int]map[string]string{}
		exports := map[int]int{}
		for n := range rapid.IntRange(1, 16).Draw(r, "deliveries") {
			hour := rapid.IntRange(0, 30).Draw(r, "hour") // also of later days
			exports[hour]++
			rows := map[string]string{}
			var lines []string
			for _, key := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4).Draw(r, "keys") {
				line := fmt.Sprintf("%s=%d.%02d.%02d", key, rapid.IntRange(0, 3).Draw(r, "rank"), hour, len(lines))
				lines = append(lines, line)
				rows[key] = max(rows[key], line)
			}
			model[hour] = rows
			l := leafOf(hour%24, exports[hour])
			l.Date = fmt.Sprintf("2026-11-%02d", 20+hour/24)
			leaf, err := s.Stage(ctx, table, l, reading(lines...))
			require.NoError(r, err)
			state = state.With([]feedbook.Leaf{*leaf})
			state.Delivery = delivery(n)
			state.Delivery.Task = table.Source // its own states
			require.NoError(r, s.Compact(ctx, &state))
			require.NoError(r, s.Commit(ctx, state))
			read, err := s.State(ctx, state.Delivery, state.Number)
			require.NoError(r, err)
			state = *read
			require.True(r, state.Has([]feedbook.Leaf{*leaf}))
		}
		want := map[string]string{}
		for _, rows := range model {
			for key, line := range rows {
				want[key] = max(want[key], line)
			}
		}
		got := map[string]string{}
		for row, err := range latest.Winners(ctx, s.stage, "scratch", state.Sets(false)) {
			require.NoError(r, err)
			got[string(row.Key)] = string(row.Key) + "=" + string(row.Rank)
		}
		require.Equal(r, want, got)
	})
}

// Of a snapshot table only the newest leaf counts, whichever came last.
func TestASnapshotIsItsNewestLeaf(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	var state feedbook.State
	for _, hour := range []int{6, 5} {
		leaf, err := s.Stage(ctx, table, leafOf(hour, 0), reading(fmt.Sprintf("%c=1", 'a'+rune(hour))))
		require.NoError(t, err)
		state = state.With([]feedbook.Leaf{*leaf})
	}
	var keys string
	for row, err := range latest.Winners(ctx, s.stage, "scratch", state.Sets(true)) {
		require.NoError(t, err)
		keys += string(row.Key)
	}
	require.Equal(t, "g", keys)
}

// A source has the rows of one company; another's are refused, in whichever table, until somebody says
// that it is the same.
func TestASourceIsOfOneCompany(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	owner := feedbook.Owner{Account: "acme", Source: "s1", Declared: "acme-bucket"}
	require.NoError(t, s.Own(ctx, owner, ""), "not every table says whose it is")
	for _, name := range []string{"acme", "ACME", ""} {
		require.NoError(t, s.Own(ctx, owner, name))
	}
	err := s.Own(ctx, owner, "umbrella")
	require.True(t, fault.Is(err, fault.SchemaMismatch), err)
	require.ErrorContains(t, err, "rows of the company umbrella are exported where those of acme were")
	require.NoError(t, s.Own(ctx, feedbook.Owner{Account: "acme", Source: "s2"}, "umbrella"), "another source")

	owner.Declared = "Umbrella"
	require.NoError(t, s.Own(ctx, owner, "umbrella"), "it was renamed")
	require.ErrorContains(t, s.Own(ctx, owner, "acme"), "rows of the company acme are exported where those of umbrella were")
}

// What the source was said to be of all along is no new name: rows of the declared company after those of
// another are of two companies, until somebody says that they are of one.
func TestADeclaredCompanyIsNoRenamedOne(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	owner := feedbook.Owner{Account: "acme", Source: "s1", Declared: "acme"}
	refused := func(company string) {
		t.Helper()
		err := s.Own(ctx, owner, company)
		require.True(t, fault.Is(err, fault.SchemaMismatch), err)
	}
	require.NoError(t, s.Own(ctx, owner, "umbrella"), "a bucket's name may be another than the rows have")
	refused("acme")
	err := s.Own(ctx, owner, "acme")
	var said *fault.Error
	require.ErrorAs(t, err, &said)
	require.Contains(t, said.Fix, `set the source's platformAccount to "umbrella" and resume the run, then set it back to "acme"`)
	owner.Declared = "umbrella"
	refused("acme")
	owner.Declared = "acme"
	require.NoError(t, s.Own(ctx, owner, "acme"), "as the fix has it")
	refused("umbrella")
}

// Owners that were written before declarations were kept are told a declaration by the next rows, and
// it is the one in force.
func TestAnOwnerOfBeforeDeclarations(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	owner := feedbook.Owner{Account: "acme", Source: "s1", Declared: "acme"}
	require.NoError(t, s.Write(ctx, "feeds-owner/acme/s1", "umbrella"))
	require.NoError(t, s.Own(ctx, owner, "umbrella"))
	require.ErrorContains(t, s.Own(ctx, owner, "acme"), "rows of the company acme are exported where those of umbrella were")
	owner.Declared = "globex"
	require.NoError(t, s.Own(ctx, owner, "globex"))
}
