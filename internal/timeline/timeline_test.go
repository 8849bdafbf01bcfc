package timeline_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/ledger"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

func day(d, hour, minute int) time.Time {
	return time.Date(2026, time.March, d, hour, minute, 0, 0, time.UTC)
}

func noDelay(s task.Spec) (time.Duration, error) { return 0, nil }

func daily(at string) task.Spec {
	return task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: at}}
}

func every(d time.Duration) task.Spec {
	return task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Interval, Every: task.Duration(d)}}
}

// entry is one line of a ledger under test.
type entry struct {
	at   time.Time
	spec task.Spec
	set  func(*ledger.Entry)
}

func ledgerOf(entries ...entry) []ledger.Entry {
	var out []ledger.Entry
	for i, e := range entries {
		l := ledger.Entry{Seq: i + 1, Generation: i + 1, EffectiveFrom: e.at, Spec: e.spec, State: ledger.Enabled}
		if e.set != nil {
			e.set(&l)
		}
		out = append(out, l)
	}
	return out
}

func disabled(e *ledger.Entry)  { e.State = ledger.Disabled }
func deleted(e *ledger.Entry)   { e.State = ledger.Deleted }
func reset(e *ledger.Entry)     { e.Reset = true }
func drop(e *ledger.Entry)      { e.Backlog = ledger.BacklogDrop }
func catchAll(e *ledger.Entry)  { e.CatchUp = ledger.CatchUpAll }
func catchLast(e *ledger.Entry) { e.CatchUp = ledger.CatchUpLatest }
func catchNone(e *ledger.Entry) { e.CatchUp = ledger.CatchUpNone }

func TestWindowsOfALedger(t *testing.T) {
	start, future, end := day(1, 0, 0), day(20, 0, 0), day(8, 23, 0)
	past, later, ending := daily("06:00"), daily("06:00"), daily("06:00")
	past.Start, later.Start, ending.End = &start, &future, &end
	once := task.Spec{Zone: "UTC", Frequency: task.Frequency{Kind: task.Once}, Start: &start}
	for name, c := range map[string]struct {
		ledger []ledger.Entry
		now    time.Time
		want   []string
	}{
		"one entry": {ledgerOf(entry{day(5, 12, 0), daily("06:00"), nil}), day(8, 0, 0), []string{
			"5 06:00 to 6 06:00 g1 expected", "6 06:00 to 7 06:00 g1 expected",
		}},
		"a start in the past": {ledgerOf(entry{day(3, 12, 0), past, nil}), day(4, 12, 0), []string{
			"28 06:00 to 1 06:00 g1 expected", "1 06:00 to 2 06:00 g1 expected", "2 06:00 to 3 06:00 g1 expected", "3 06:00 to 4 06:00 g1 expected",
		}},
		"once": {ledgerOf(entry{day(3, 12, 0), once, nil}), day(4, 12, 0), []string{"1 00:00 to 2 00:00 g1 expected"}},
		"an edit of the time tiles": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("08:00"), nil}), day(8, 0, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g1 expected", "6 06:00 to 6 08:00 g2 expected", "6 08:00 to 7 08:00 g2 expected",
		}},
		"an edit to what begins later tiles": {ledgerOf(entry{day(5, 0, 0), every(12 * time.Hour), nil}, entry{day(5, 13, 0), daily("06:00"), nil}), day(6, 12, 0), []string{
			"5 00:00 to 5 12:00 g1 expected", "5 12:00 to 6 06:00 g2 expected",
		}},
		"an edit to a start in the future leaves the time between": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), later, nil}), day(21, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g1 expected", "19 06:00 to 20 06:00 g2 expected", "20 06:00 to 21 06:00 g2 expected",
		}},
		"a task that had ended begins anew": {ledgerOf(entry{day(7, 0, 0), ending, nil}, entry{day(20, 12, 0), daily("06:00"), nil}), day(21, 7, 0), []string{
			"6 06:00 to 7 06:00 g1 expected", "7 06:00 to 8 06:00 g1 expected", "20 06:00 to 21 06:00 g2 expected",
		}},
		"still paused": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(5, 12, 0), daily("06:00"), disabled}), day(7, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g2 paused", "6 06:00 to 7 06:00 g2 paused",
		}},
		"caught up": {pausedTwoDays(catchAll), day(8, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g2 expected", "6 06:00 to 7 06:00 g2 expected", "7 06:00 to 8 06:00 g3 expected",
		}},
		"only the latest": {pausedTwoDays(catchLast), day(8, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g2 skipped", "6 06:00 to 7 06:00 g2 expected", "7 06:00 to 8 06:00 g3 expected",
		}},
		"not caught up": {pausedTwoDays(catchNone), day(8, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g2 skipped", "6 06:00 to 7 06:00 g2 skipped", "7 06:00 to 8 06:00 g3 expected",
		}},
		"backlog dropped": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("06:00"), drop}), day(7, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 dropped", "5 06:00 to 6 06:00 g1 dropped", "6 06:00 to 7 06:00 g2 expected",
		}},
		"reset": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("06:00"), reset}), day(7, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 dropped", "5 06:00 to 6 06:00 g1 dropped", "6 06:00 to 7 06:00 g2 expected",
		}},
		"reset with a start in the past": {ledgerOf(entry{day(2, 12, 0), past, nil}, entry{day(3, 12, 0), past, reset}), day(3, 13, 0), []string{
			"28 06:00 to 1 06:00 g2 expected", "1 06:00 to 2 06:00 g2 expected", "2 06:00 to 3 06:00 g2 expected",
		}},
		"deleted": {ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("06:00"), deleted}), day(9, 7, 0), []string{
			"4 06:00 to 5 06:00 g1 expected", "5 06:00 to 6 06:00 g1 expected",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tl, err := timeline.New(c.ledger, nil, noDelay)
			require.NoError(t, err)
			var got []string
			for w := range tl.Due(time.Time{}, c.now) {
				got = append(got, w.From.Format("2 15:04")+" to "+w.To.Format("2 15:04")+" g"+string(rune('0'+w.Generation))+" "+string(w.State))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func pausedTwoDays(set func(*ledger.Entry)) []ledger.Entry {
	return ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(5, 12, 0), daily("06:00"), disabled}, entry{day(7, 12, 0), daily("06:00"), set})
}

// Whatever is edited, paused or resumed, and when: windows tile, none twice, and a run that
// fires finds the window that is expected then, and no two go to one partition.
func TestWindowsTileAcrossEdits(t *testing.T) {
	zones := []string{"UTC", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "Europe/London"}
	rapid.Check(t, func(t *rapid.T) {
		at := day(1, 0, 0)
		var entries []entry
		for range rapid.IntRange(1, 8).Draw(t, "entries") {
			spec := rapid.SampledFrom([]task.Spec{
				daily("00:00"), daily("06:30"), every(15 * time.Minute), every(6 * time.Hour),
				{Frequency: task.Frequency{Kind: task.Weekly, At: "02:30", Weekday: "sunday"}},
			}).Draw(t, "spec")
			spec.Zone = rapid.SampledFrom(zones).Draw(t, "zone")
			if h := rapid.IntRange(0, 30).Draw(t, "delay"); h > 0 {
				d := task.Duration(time.Duration(h) * time.Hour)
				spec.Delay = &d
			}
			entries = append(entries, entry{at, spec, rapid.SampledFrom([]func(*ledger.Entry){nil, disabled, catchAll}).Draw(t, "set")})
			at = at.Add(time.Duration(rapid.IntRange(1, 40*24*60*60).Draw(t, "seconds")) * time.Second)
		}
		tl, err := timeline.New(ledgerOf(entries...), nil, noDelay)
		require.NoError(t, err)
		var last timeline.Window
		partitions := map[string]timeline.Window{}
		for w := range tl.Due(time.Time{}, at.AddDate(0, 0, 30)) {
			require.True(t, w.To.After(w.From))
			partition := tl.Calendar(w.Seq).Partition(w.Window)
			require.Empty(t, partitions[partition], "%s holds two windows, the second %v", partition, w)
			partitions[partition] = w
			if !last.To.IsZero() {
				require.Equal(t, last.To, w.From, "after %v", last)
			}
			last = w
			found, ok := tl.Find(w.Generation, w.Fire)
			require.True(t, ok)
			require.Equal(t, w, found)
			if e := tl.Entry(w.Seq); !w.Fire.Before(e.EffectiveFrom) {
				got, _, ok := tl.At(w.Fire)
				require.True(t, ok)
				require.Equal(t, w, got)
			}
		}
		require.False(t, last.To.IsZero())
	})
}
