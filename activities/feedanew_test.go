package activities_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/task"
)

// cuts has the way to an hour's only file lose its end, though the listing says what it said: false mends it.
func (f *feedBench) cuts(hour string, cut bool) {
	f.t.Helper()
	f.bucket.mu.Lock()
	defer f.bucket.mu.Unlock()
	for key, o := range f.bucket.objects {
		if strings.Contains(key, "/"+hour+"/") && o.Size > 0 {
			if o.content = o.content[:o.Size]; cut {
				o.content = o.content[:o.Size-4]
			}
			f.bucket.objects[key] = o
		}
	}
}

// A partition of the table that cannot be read again when a key is released is told apart from the rows that are kept
// of it: at once where the source's key for it is lost, and after an hour where it is damaged, as that may pass. Which
// rows had given way by the former key is told. Later windows and looks are as they should be.
func TestAReleasedKeyIsOfTheRowsThatAreKept(t *testing.T) {
	const table = "convos_metrics"
	lines := `{"issue_id":"a","n":"1"}` + "\n" + `{"issue_id":"a","n":"2"}` + "\n"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for _, how := range []string{"undecodable", "damaged", "damaged on the way"} {
			t.Run(delivery+", "+how, func(t *testing.T) {
				f := newFeedBench(t, 1)
				right := f.receiver("reader")
				f.holds(right)
				f.seals(table, 0, lines, right)
				id := f.task(table, delivery, "reference", task.Leg{})
				first := f.ofHour(id, 0)
				_, err := first.attempt()
				require.NoError(t, err)
				f.rekey(table, "issue_id", "n")
				switch how {
				case "undecodable":
					f.holds(f.receiver("another"))
				default:
					f.cuts("hr=00", true)
				}
				f.now = f.now.Add(3 * time.Hour)
				f.exports(table, 1, `{"issue_id":"b","n":"1"}`)
				f.exports(table, 2, `{"issue_id":"c","n":"1"}`)
				next := f.ofHour(id, 1)
				if delivery == "leaf" { // what was delivered is by the new key when it is looked at
					next = first.looks()
				}
				told := next.attempt
				if how != "undecodable" {
					_, err = told()
					requireKind(t, fault.PartialData, err)
					f.now = f.now.Add(time.Hour)
				}
				if how == "damaged on the way" {
					f.cuts("hr=00", false)
				}
				record, err := told()
				require.NoError(t, err)
				note := record.Rendered.Note
				if delivery == "leaf" {
					note = record.Fetched.Note
				}
				if how == "damaged on the way" {
					require.Empty(t, note)
				} else {
					require.Contains(t, note, "1 row had given way by the former key and cannot be read again")
					require.Contains(t, note, "dt=2026-11-19/hr=00")
				}
				rows := map[place]bool{{"dt=2026-11-19/hr=00", table + ".jsonl.enc", 2}: true}
				if how == "damaged on the way" {
					rows[place{"dt=2026-11-19/hr=00", table + ".jsonl.enc", 1}] = true
				}
				if delivery != "leaf" {
					rows[place{"dt=2026-11-19/hr=01", table + ".jsonl", 1}] = true
				}
				require.Equal(t, rows, apply(delivery, f.sets(id)))
				require.EqualValues(t, 2, f.leaf(table, 0).Lines, "as exported")

				record, err = f.ofHour(id, 2).attempt()
				require.NoError(t, err)
				require.Empty(t, record.Rendered.Note, "it is told once")
			})
		}
	}
}

// leaf is the ledger row of an hour by the key that is released.
func (f *feedBench) leaf(table string, hour int) feedbook.Leaf {
	f.t.Helper()
	key, err := f.run.Holds.Key(f.t.Context(), "acme", "src", table, "1")
	require.NoError(f.t, err)
	t := feedbook.Table{Account: "acme", Source: "src", Report: "asapp." + table, Dedupe: "reference", Version: "1", Key: key}
	leaves, err := f.run.Feeds.Leaves(f.t.Context(), t, "2026-11-19", "2026-11-19")
	require.NoError(f.t, err)
	n := slices.IndexFunc(leaves, func(l feedbook.Leaf) bool { return l.Hour == hour })
	require.GreaterOrEqual(f.t, n, 0)
	return leaves[n]
}

// Of what nothing is kept, and that cannot be read again, the run says why.
func TestAReleasedKeyHasNoRowsWithoutAnyKept(t *testing.T) {
	const table = "convos_metrics"
	f := newFeedBench(t, 1)
	right := f.receiver("reader")
	f.holds(right)
	f.seals(table, 0, `{"issue_id":"a"}`, right)
	id := f.task(table, "changes", "reference", task.Leg{})
	_, err := f.ofHour(id, 0).attempt()
	require.NoError(t, err)
	f.rekey(table, "issue_id", "n")
	f.holds(f.receiver("another"))
	for info, err := range f.store.List(t.Context(), "feeds/acme/src/asapp."+table+"/") {
		require.NoError(t, err)
		require.NoError(t, f.store.Delete(t.Context(), info.Key))
	}
	f.exports(table, 1, `{"issue_id":"b"}`)
	_, err = f.ofHour(id, 1).attempt()
	requireKind(t, fault.ConfigMissing, err)
	require.ErrorContains(t, err, "cannot be decoded")
}
