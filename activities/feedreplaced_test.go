package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/task"
)

// replacements are the ways in which an export of the second hour may be there and not be delivered.
var replacements = map[string]func(f *feedBench, table string){
	"damaged": func(f *feedBench, table string) { f.damages(table, 1, `{"issue_id":"new"}`) },
	"undecodable": func(f *feedBench, table string) {
		f.seals(table, 1, `{"issue_id":"new"}`, f.receiver("reader"))
	},
	"encrypted to another key": func(f *feedBench, table string) {
		f.holds(f.receiver("another"))
		f.seals(table, 1, `{"issue_id":"new"}`, f.receiver("reader"))
	},
	"in progress": func(f *feedBench, table string) { halves["without _SUCCESS"].export(f, secondHour(table)) },
	"broken":      func(f *feedBench, table string) { halves["broken"].export(f, secondHour(table)) },
}

func secondHour(table string) string {
	return fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=01/", table, midnight.UTC().Format(time.DateOnly))
}

// What a red attempt has read, and the platform has replaced by what somebody accepts to do without, is not
// delivered; what was delivered stays, and is not said to be absent.
func TestWhatIsReplacedByWhatIsDoneWithout(t *testing.T) {
	const table = "convos_metrics"
	for name, replace := range replacements {
		for _, delivery := range []string{"changes", "leaf", "snapshot"} {
			t.Run(name+", "+delivery+", read by a red attempt", func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(1).To
				f.exports(table, 0, `{"issue_id":`)
				f.exports(table, 1, `{"issue_id":"old"}`)
				_, err := w.attempt()
				requireKind(t, fault.Incomplete, err)
				f.now = f.now.Add(3 * time.Hour)
				f.removes("hr=01")
				f.exports(table, 0, `{"issue_id":"a"}`)
				replace(f, table)
				red, err := w.attempt()
				require.Error(t, err)
				require.Len(t, red.Quarantined, 1)
				green, err := w.attempt(namesOf(red)...)
				require.NoError(t, err)
				require.EqualValues(t, 1, green.Rendered.Rows)
				require.Empty(t, green.Fetched.Note)
				require.Equal(t, absentHour(1), f.sets(w.run.Task)[0].Absent)
			})
			t.Run(name+", "+delivery+", delivered", func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(1).To
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.exports(table, 1, `{"issue_id":"old"}`)
				_, err := w.attempt()
				require.NoError(t, err)
				look := w.looks()
				f.removes("hr=01")
				f.exports(table, 0, `{"issue_id":"a","hold_ct":1}`)
				replace(f, table)
				red, err := look.attempt()
				require.Error(t, err)
				require.Len(t, red.Quarantined, 1)
				revision, err := look.attempt(namesOf(red)...)
				require.NoError(t, err)
				require.EqualValues(t, map[string]int64{"changes": 1, "leaf": 2, "snapshot": 2}[delivery], revision.Rendered.Rows)
				require.Empty(t, f.sets(w.run.Task)[1].Absent)
			})
		}
	}
}

// That a partition was accepted as absent before it came does not answer whether it was withdrawn since; once that
// is accepted it is absent.
func TestAnOldAcceptanceDoesNotWithdraw(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for answer, absent := range map[string][]task.Window{"withdrawn": absentHour(1), "as read": nil} {
			for _, once := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, absent once: %v", delivery, answer, once), func(t *testing.T) {
					f := newFeedBench(t, 1)
					w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
					w.run.Window.To = hourSpan(3).To
					f.exports(table, 0, `{"issue_id":`)
					f.exports(table, 2, `{"issue_id":"c"}`)
					if !once {
						f.exports(table, 1, `{"issue_id":"b"}`)
					}
					red, err := w.attempt()
					requireKind(t, fault.NotReady, err)
					f.exports(table, 1, `{"issue_id":"b"}`)
					_, err = w.attempt(namesOf(red)...)
					requireKind(t, fault.Incomplete, err)

					f.now = f.now.Add(3 * time.Hour)
					f.removes("hr=01")
					f.exports(table, 0, `{"issue_id":"a"}`)
					f.exports(table, 3, `{"issue_id":"d"}`)
					red, err = w.attempt()
					requireKind(t, fault.Incomplete, err)
					names := namesOf(red)
					require.Len(t, names, 2)
					accept := names[0]
					if answer == "as read" {
						accept = names[1]
					}
					green, err := w.attempt(accept)
					require.NoError(t, err)
					require.EqualValues(t, 4-len(absent), green.Rendered.Rows)
					require.Equal(t, absent, f.sets(w.run.Task)[0].Absent)
					look := w.looks()
					f.exports(table, 0, `{"issue_id":"a","hold_ct":1}`)
					_, err = look.attempt()
					require.NoError(t, err, "it is not asked again")
					require.Equal(t, absent, f.sets(w.run.Task)[1].Absent)
				})
			}
		}
	}
}

// A partition of which a red look has read a newer export, and that is withdrawn, is as it was delivered.
func TestWhatWasDeliveredStaysWhateverALookHasRead(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"leaf", "snapshot"} {
		for answer, rows := range map[string]int64{"withdrawn": 3, "as read": 4} {
			t.Run(delivery+", "+answer, func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(2).To
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.exports(table, 1, `{"issue_id":"b"}`)
				red, err := w.attempt()
				requireKind(t, fault.NotReady, err)
				_, err = w.attempt(namesOf(red)...)
				require.NoError(t, err)

				look := w.looks()
				f.exports(table, 0, `{"issue_id":`)
				f.exports(table, 1, `{"issue_id":"b"}`, `{"issue_id":"newer"}`)
				_, err = look.attempt()
				requireKind(t, fault.Incomplete, err)
				f.now = f.now.Add(3 * time.Hour)
				f.removes("hr=01")
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.exports(table, 2, `{"issue_id":"c"}`)
				red, err = look.attempt()
				requireKind(t, fault.Incomplete, err)
				names := namesOf(red)
				require.Len(t, names, 2)
				accept := names[0]
				if answer == "as read" {
					accept = names[1]
				}
				revision, err := look.attempt(accept)
				require.NoError(t, err)
				require.EqualValues(t, rows, revision.Rendered.Rows)
				require.Empty(t, f.sets(w.run.Task)[1].Absent)
			})
		}
	}
}
