package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newLedger(t *testing.T) (*ledger.Ledger, *store.File) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	return ledger.New(st, seal.NewBox(ring)), st
}

func entry(generation int, from time.Time) ledger.Entry {
	return ledger.Entry{
		EffectiveFrom: from, Generation: generation, State: ledger.Enabled,
		Spec: task.Spec{
			Description: fmt.Sprint("edit ", generation), Zone: "Europe/Berlin", Start: &noon,
			Parameters: map[string]json.RawMessage{"status": json.RawMessage(`["CLOSE",  "OPEN"]`), "tag": json.RawMessage(`"<&>"`)},
		},
	}
}

func TestAppend(t *testing.T) {
	ctx := context.Background()
	l, _ := newLedger(t)
	entries, err := l.Entries(ctx, "acme", "t1")
	require.NoError(t, err)
	require.Empty(t, entries)
	for i := 1; i <= 3; i++ {
		e, err := l.Append(ctx, "acme", "t1", entry(i, noon.In(time.FixedZone("", 3600))))
		require.NoError(t, err)
		require.Equal(t, i, e.Seq)
		again, err := l.Append(ctx, "acme", "t1", entry(i, noon))
		require.NoError(t, err)
		require.Equal(t, i, again.Seq, "an equal entry is not written again")
	}
	e, err := l.Append(ctx, "acme", "t1", entry(1, noon))
	require.NoError(t, err)
	require.Equal(t, 4, e.Seq, "going back is an entry")
	entries, err = l.Entries(ctx, "acme", "t1")
	require.NoError(t, err)
	require.Len(t, entries, 4)
	require.Equal(t, "edit 3", entries[2].Spec.Description)
	other, err := l.Entries(ctx, "acme", "t")
	require.NoError(t, err)
	require.Empty(t, other, "t is not a part of t1's key")
}

func TestAppendersRace(t *testing.T) {
	ctx := context.Background()
	l, _ := newLedger(t)
	const appenders = 8
	var all sync.WaitGroup
	for i := range appenders {
		all.Go(func() {
			if _, err := l.Append(ctx, "acme", "t1", entry(i, noon)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	entries, err := l.Entries(ctx, "acme", "t1")
	require.NoError(t, err)
	seen := map[int]bool{}
	for i, e := range entries {
		require.Equal(t, i+1, e.Seq)
		seen[e.Generation] = true
	}
	require.Len(t, seen, appenders)
}

func TestMissingEntry(t *testing.T) {
	ctx := context.Background()
	l, st := newLedger(t)
	for i := range 3 {
		_, err := l.Append(ctx, "acme", "t1", entry(i, noon))
		require.NoError(t, err)
	}
	require.NoError(t, st.Delete(ctx, "ledger/acme/t1/00000002"))
	_, err := l.Entries(ctx, "acme", "t1")
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
	require.ErrorContains(t, err, "entry 2")
}

func TestInForce(t *testing.T) {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	entries := []ledger.Entry{{Seq: 1, EffectiveFrom: at(0)}, {Seq: 2, EffectiveFrom: at(10)}, {Seq: 3, EffectiveFrom: at(5)}}
	for hours, want := range map[int]int{-1: 0, 0: 1, 4: 1, 5: 3, 9: 3, 10: 3, 100: 3} {
		got, ok := ledger.InForce(entries, at(hours))
		require.Equal(t, want > 0, ok)
		require.Equal(t, want, got.Seq, "at hour %d", hours)
	}
	got, ok := ledger.InForce(entries[:2], at(10))
	require.True(t, ok)
	require.Equal(t, 2, got.Seq, "from its moment on")
	_, ok = ledger.InForce(nil, noon)
	require.False(t, ok)
}

// TestInForceKeepsThePast: an entry that begins later changes nothing before it begins.
func TestInForceKeepsThePast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 10).Draw(t, "hours")
		var entries []ledger.Entry
		for i, h := range hours {
			entries = append(entries, ledger.Entry{Seq: i + 1, EffectiveFrom: noon.Add(time.Duration(h) * time.Hour)})
		}
		last := entries[len(entries)-1]
		at := noon.Add(time.Duration(rapid.IntRange(-1, 60).Draw(t, "at")) * time.Hour)
		got, ok := ledger.InForce(entries, at)
		if !at.Before(last.EffectiveFrom) {
			require.Equal(t, last, got)
			return
		}
		before, okBefore := ledger.InForce(entries[:len(entries)-1], at)
		require.Equal(t, okBefore, ok)
		require.Equal(t, before, got)
	})
}
