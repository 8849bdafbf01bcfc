package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/task"
)

// moves has the platform export rows of the first hour under the stamp of its first minute.
func (f *feedBench) moves(table string, lines string) {
	f.t.Helper()
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=00/mi=00/", table, midnight.UTC().Format(time.DateOnly))
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+table+".jsonl", []byte(lines), f.now.Add(-time.Hour)))
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour+time.Second)))
}

// withdraws has the platform remove what it exported of the first hour, but what was moved.
func (f *feedBench) withdraws(table string) {
	f.t.Helper()
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=00/", table, midnight.UTC().Format(time.DateOnly))
	for _, name := range []string{table + ".jsonl", "_SUCCESS"} {
		require.NoError(f.t, f.bucket.Delete(f.t.Context(), folder+name))
	}
}

// What an attempt that was red has read, and the platform has removed and exported under another stamp, is neither
// delivered beside it nor dropped, as the bucket may have been cleared: a person says which, by a name for each.
func TestAPartitionThatMovedIsAskedAbout(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for name, between := range map[string]bool{"at once": false, "with a red attempt in between": true} {
			for matter, rows := range map[string]int64{"withdrawn": 2, "as read": 3} {
				t.Run(delivery+", "+name+", "+matter, func(t *testing.T) {
					f := newFeedBench(t, 1)
					w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
					w.run.Window.To = hourSpan(1).To
					f.exports(table, 0, `{"issue_id":"moved by mistake"}`)
					f.exports(table, 1, `{"issue_id":`)
					_, err := w.attempt()
					requireKind(t, fault.Incomplete, err)
					f.now = f.now.Add(3 * time.Hour)
					f.moves(table, `{"issue_id":"a"}`)
					if between {
						_, err = w.attempt()
						requireKind(t, fault.Incomplete, err)
						require.ErrorContains(t, err, "records are in quarantine")
					}
					f.withdraws(table)
					f.exports(table, 1, `{"issue_id":"b"}`)
					red, err := w.attempt()
					requireKind(t, fault.Incomplete, err)
					require.ErrorContains(t, err, "1 partitions that an attempt before has read are there no more, and others have come")
					names := namesOf(red)
					require.Len(t, names, 2)
					require.Regexp(t, `^!dt=2026-11-19/hr=00 withdrawn [0-9a-f]{16}$`, names[0])
					require.Regexp(t, `^!dt=2026-11-19/hr=00 as read [0-9a-f]{16}$`, names[1])
					again, err := w.attempt()
					requireKind(t, fault.Incomplete, err)
					require.Equal(t, red.Quarantined, again.Quarantined, "it is asked until somebody says so")
					accept := names[0]
					if matter == "as read" {
						accept = names[1]
					}
					green, err := w.attempt(accept)
					require.NoError(t, err)
					require.EqualValues(t, rows, green.Rendered.Rows)
				})
			}
		}
	}
}

// What a red attempt has read is taken as it was read when nothing else has come, and the run says so; what was
// delivered stays whatever comes.
func TestAPartitionThatIsGoneIsTakenAsItWasRead(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		t.Run(delivery, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
			w.run.Window.To = hourSpan(1).To
			f.exports(table, 0, `{"issue_id":"a"}`)
			f.exports(table, 1, `{"issue_id":`)
			_, err := w.attempt()
			requireKind(t, fault.Incomplete, err)
			f.removes("hr=00")
			f.exports(table, 1, `{"issue_id":"b"}`)
			green, err := w.attempt()
			require.NoError(t, err)
			require.EqualValues(t, 2, green.Rendered.Rows)
			require.Equal(t, "1 partitions are taken as an attempt before has read them, the platform has removed them: dt=2026-11-19/hr=00", green.Fetched.Note)

			look := w.looks()
			f.moves(table, `{"issue_id":"c"}`)
			revision, err := look.attempt()
			require.NoError(t, err)
			require.NotContains(t, revision.Fetched.Note, "taken as")
			require.EqualValues(t, map[string]int64{"changes": 1, "leaf": 3, "snapshot": 3}[delivery], revision.Rendered.Rows)
		})
	}
}
