package liveperson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

// A record that no report may take, and one of 50 MB, is staged as it came: what is wrong with
// it is for the renderer to say, with its id. Nothing beside it is lost.
func TestHostileRecordsAreStagedAsTheyCame(t *testing.T) {
	c := startCloud(t, 40_000)
	from, to := c.now-4*hour, c.now-hour
	want := c.truth(t, basisStart, from, to)
	require.NotEmpty(t, want)
	for _, f := range []struct {
		sandbox.Fault
		holds string
		least int // bytes
	}{
		{sandbox.Fault{Kind: sandbox.HugeRecord, Rows: 50}, `"hostile":"` + strings.Repeat("0123456789 abcde", 1000), 50 << 20},
		{sandbox.Fault{Kind: sandbox.DeepRecord, Rows: 10_000}, `"hostile":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), 20_000},
		{sandbox.Fault{Kind: sandbox.RepeatedMember}, `"hostile":1,"hostile":2`, 0},
		{sandbox.Fault{Kind: sandbox.WrongType}, `"duration":[]`, 0},
		{sandbox.Fault{Kind: sandbox.BrokenText, Rows: 3}, "\"hostile\":\"\xff\xff\xff\"", 0},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			f.Path, f.Forever = searchPrefix, true
			require.NoError(t, c.SetFaults(f.Fault))
			defer func() { require.NoError(t, c.SetFaults()) }()
			m := newMemory()
			require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisStart, from, to), m))
			requireIDs(t, want, m)
			hostile := 0
			byID, _ := m.records()
			for id, r := range byID {
				if !strings.Contains(string(r.Raw), f.holds) {
					require.True(t, json.Valid(r.Raw), id)
					continue
				}
				hostile++
				require.Greater(t, len(r.Raw), f.least)
			}
			require.Equal(t, 1, hostile)
		})
	}
}

// Pages that are too long to be held are read in smaller ones, down to single records. Those that are too long by
// themselves are read past: they are staged by their ids as what is not to be had, whatever they are read by.
func TestLongPagesAreReadInSmallerOnes(t *testing.T) {
	c := startCloud(t, 40_000)
	from, to := c.now-hour-hour/3, c.now-hour
	want := c.truth(t, basisStart, from, to)
	require.Greater(t, len(want), 1)
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: searchPrefix, Kind: sandbox.HugeRecord, Rows: hugePage>>20 + 5, Forever: true}))
	m := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisStart, from, to), m))
	requireIDs(t, want, m)
	requireWithheld(t, m, len(want))

	require.NoError(t, c.SetFaults(
		sandbox.Fault{Path: byIDPath, Kind: sandbox.HugeRecord, Rows: hugePage>>20 + 5, Forever: true},
		sandbox.Fault{Path: searchPrefix, Kind: sandbox.PartialRecord, Forever: true},
	))
	m = newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisStart, from, to), m))
	requireIDs(t, want, m)
	requireWithheld(t, m, 1)
}

const byIDPath = "/messaging_history/api/account/" + sandboxtest.AccountID + "/conversations/conversation/search"

// requireWithheld wants so many records that are not to be had, with a reason.
func requireWithheld(t *testing.T, m *memory, want int) {
	t.Helper()
	byID, _ := m.records()
	withheld := 0
	for _, r := range byID {
		why, is := source.WhyWithheld(r.Raw)
		require.Equal(t, is, r.Cut)
		if is {
			require.Contains(t, why, "more than 80 MiB")
			withheld++
		}
	}
	require.Equal(t, want, withheld)
}

// An answer that nests without end is refused at once: asking again would not mend it.
func TestABottomlessAnswerIsRefused(t *testing.T) {
	c := startCloud(t, 40_000)
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: searchPrefix, Kind: sandbox.DeepRecord, Rows: 1_000_000, Forever: true}))
	err := c.client(t).Fetch(t.Context(), c.query(basisStart, c.now-4*hour, c.now-hour), newMemory())
	require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "nested deeper than 20000 levels")
	require.LessOrEqual(t, c.calls(searchPrefix), 8, "asked for once by each slice that was under way")
}
