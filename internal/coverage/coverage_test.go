package coverage_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// hourly is a ledger of a task whose windows are the hours from 00:00 on.
func hourly(entries ...ledger.Entry) []ledger.Entry {
	start := at(0)
	spec := task.Spec{Zone: "UTC", Start: &start, Frequency: task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}}
	all := append([]ledger.Entry{{Generation: 1, EffectiveFrom: at(0).Add(-time.Minute), State: ledger.Enabled}}, entries...)
	for i := range all {
		all[i].Seq, all[i].Spec = i+1, spec
	}
	return all
}

// book is what was done, over a real store.
type book struct {
	*receipt.Book
	t *testing.T
}

func newBook(t *testing.T) book {
	t.Helper()
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	return book{receipt.New(st, seal.NewBox(ring)), t}
}

// done notes that the hour's window was delivered.
func (b book) done(hour, revision int, outcome string, rows int64) {
	b.t.Helper()
	b.doneBy(1, hour, revision, outcome, rows)
}

// doneBy is done by a run of the generation, which is later when the task was edited as it
// started.
func (b book) doneBy(generation, hour, revision int, outcome string, rows int64) {
	b.t.Helper()
	require.NoError(b.t, b.PutDone(b.t.Context(), receipt.Done{
		Delivery: contract.Delivery{
			Account: "acct", Task: "task", Generation: 1, Revision: revision,
			Span: contract.Span{From: at(hour - 1).UnixMilli(), To: at(hour).UnixMilli()},
		},
		Outcome: outcome, Rows: rows, At: at(hour).Add(time.Minute),
		Run: contract.RunName{Generation: generation, Fire: at(hour), Attempt: 1},
	}))
}

// ran notes that a run of the hour's window has ended.
func (b book) ran(hour, revision, attempt int, outcome string) {
	require.NoError(b.t, b.PutRun(b.t.Context(), receipt.RunRecord{RecordIn: contract.RecordIn{
		Run:        contract.RunInput{Account: "acct", Task: "task", Generation: 1, Revision: revision, Attempt: attempt},
		WorkflowID: runID(hour, revision, attempt), Outcome: outcome, Started: at(hour).Add(time.Duration(attempt) * time.Second),
	}}))
}

func runID(hour, revision, attempt int) string {
	return contract.RunID("acct", "task", 1, at(hour), revision, attempt)
}

// query asks at 05:30 for the five windows of the day that end by 06:00.
func query(t *testing.T, entries []ledger.Entry) coverage.Query {
	t.Helper()
	windows, err := timeline.New(entries, nil, func(task.Spec) (time.Duration, error) { return 0, nil })
	require.NoError(t, err)
	return coverage.Query{
		Account: "acct", Task: "task", From: at(1), To: at(6), Now: at(5).Add(30 * time.Minute), Timeline: windows,
		Reach: func(task.Spec) (coverage.Reach, error) { return coverage.Reach{}, nil },
	}
}

func TestReadSaysWhatBecameOfEachWindow(t *testing.T) {
	open := func(ids ...string) func(*coverage.Query) {
		return func(q *coverage.Query) {
			q.Open = map[string]bool{}
			for _, id := range ids {
				q.Open[id] = true
			}
		}
	}
	reach := func(r coverage.Reach) func(*coverage.Query) {
		return func(q *coverage.Query) { q.Reach = func(task.Spec) (coverage.Reach, error) { return r, nil } }
	}
	state := func(hour int, set func(*ledger.Entry)) ledger.Entry {
		e := ledger.Entry{Generation: 1, EffectiveFrom: at(hour).Add(10 * time.Minute), State: ledger.Enabled}
		set(&e)
		return e
	}
	disabled := func(e *ledger.Entry) { e.State = ledger.Disabled }
	drop := func(e *ledger.Entry) { e.Backlog = ledger.BacklogDrop }
	latest := func(e *ledger.Entry) { e.CatchUp = ledger.CatchUpLatest }
	for name, c := range map[string]struct {
		ledger []ledger.Entry
		done   func(book)
		ask    func(*coverage.Query)
		want   []coverage.Status // of the windows that end at 02:00 to 06:00
	}{
		"nothing ran": {want: []coverage.Status{"missing", "missing", "missing", "missing", "not_due"}},
		"delivered and empty": {
			done: func(b book) {
				b.done(2, 0, contract.OutcomeDelivered, 7)
				b.ran(2, 0, 1, contract.OutcomeDelivered)
				b.done(3, 0, contract.OutcomeEmpty, 0)
			},
			want: []coverage.Status{"delivered", "empty", "missing", "missing", "not_due"},
		},
		"an open run": {
			ask:  open(runID(2, 0, 1), runID(3, 0, 4), "backfill/acct/task/x", contract.RunID("acct", "task", 2, at(4), 0, 1)),
			want: []coverage.Status{"running", "running", "missing", "missing", "not_due"},
		},
		"red, also beside an open attempt": {
			done: func(b book) {
				b.ran(2, 0, 1, contract.OutcomeFailed)
				b.ran(3, 0, 1, contract.OutcomeIncomplete)
				b.ran(4, 0, 1, contract.OutcomeFailed)
			},
			ask:  open(runID(4, 0, 2)),
			want: []coverage.Status{"failed", "failed", "running", "missing", "not_due"},
		},
		"the last attempt counts": {
			done: func(b book) {
				b.ran(2, 0, 2, contract.OutcomeExpired)
				b.ran(2, 0, 1, contract.OutcomeFailed)
				b.ran(3, 0, 10, contract.OutcomeFailed)
				b.ran(3, 0, 9, contract.OutcomeExpired)
			},
			want: []coverage.Status{"lost", "failed", "missing", "missing", "not_due"},
		},
		"a red revision leaves what is delivered": {
			done: func(b book) {
				b.done(2, 0, contract.OutcomeDelivered, 7)
				b.ran(2, 1, 1, contract.OutcomeFailed)
			},
			want: []coverage.Status{"delivered", "missing", "missing", "missing", "not_due"},
		},
		"runs that worked on nothing": {
			done: func(b book) {
				b.ran(2, 0, 1, contract.OutcomeSkipped)
				b.ran(3, 0, 3, contract.OutcomeDuplicate)
				b.ran(4, 0, 1, contract.OutcomeFailed)
				b.ran(4, 0, 2, contract.OutcomeDuplicate)
			},
			want: []coverage.Status{"missing", "missing", "failed", "missing", "not_due"},
		},
		"the source has forgotten": {
			done: func(b book) { b.done(2, 0, contract.OutcomeDelivered, 7) },
			ask:  reach(coverage.Reach{Since: at(3)}),
			want: []coverage.Status{"delivered", "lost", "missing", "missing", "not_due"},
		},
		"only as it is now": {
			done: func(b book) { b.ran(2, 0, 1, contract.OutcomeFailed) },
			ask:  reach(coverage.Reach{Snapshot: true}),
			want: []coverage.Status{"failed", "lost", "lost", "missing", "not_due"},
		},
		"paused for good": {
			ledger: hourly(state(2, disabled)),
			done:   func(b book) { b.done(3, 0, contract.OutcomeDelivered, 7) }, // by hand
			want:   []coverage.Status{"missing", "delivered", "paused", "paused", "paused"},
		},
		"only the latest of a pause": {
			ledger: hourly(state(2, disabled), state(4, latest)),
			want:   []coverage.Status{"missing", "skipped", "missing", "missing", "not_due"},
		},
		"the backlog is dropped": {
			ledger: hourly(state(3, drop)),
			done: func(b book) {
				b.done(2, 0, contract.OutcomeDelivered, 7)
				b.ran(3, 0, 1, contract.OutcomeExpired)
			},
			want: []coverage.Status{"delivered", "dropped", "missing", "missing", "not_due"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t)
			if c.done != nil {
				c.done(b)
			}
			if c.ledger == nil {
				c.ledger = hourly()
			}
			q := query(t, c.ledger)
			if c.ask != nil {
				c.ask(&q)
			}
			lines, err := coverage.Read(t.Context(), b, q)
			require.NoError(t, err)
			var got []coverage.Status
			for _, l := range lines {
				got = append(got, l.Status)
			}
			require.Equal(t, c.want, got)
			require.Empty(t, coverage.Summarise(lines).Breaks)
		})
	}
}

// A line names the run to look at, the attempts that are used up, and the newest delivery.
func TestReadNamesRuns(t *testing.T) {
	b := newBook(t)
	b.done(2, 0, contract.OutcomeDelivered, 7)
	b.done(2, 1, contract.OutcomeDelivered, 9)
	b.ran(3, 0, 1, contract.OutcomeFailed)
	b.ran(3, 0, 2, contract.OutcomeFailed)
	b.ran(4, 0, 1, contract.OutcomeSkipped)
	b.ran(4, 0, 2, contract.OutcomeDuplicate)
	b.doneBy(2, 5, 0, contract.OutcomeDelivered, 5)
	edited := contract.RunID("acct", "task", 2, at(5), 0, 1) // it started while the task was edited
	lines, err := coverage.Read(t.Context(), b, query(t, hourly()))
	require.NoError(t, err)
	require.Equal(t, 1, lines[0].Revision)
	require.Equal(t, int64(9), lines[0].Rows)
	require.Equal(t, runID(2, 1, 1), lines[0].Run, "also before its record is written")
	require.Equal(t, runID(3, 0, 2), lines[1].Run)
	require.Equal(t, 2, lines[1].Attempt)
	require.Empty(t, lines[2].Run, "no run worked on it")
	require.Equal(t, 2, lines[2].Attempt, "the next run must have another name")
	require.Equal(t, edited, lines[3].Run)
}

var errStore = errors.New("the store is away")

func TestReadIsCompleteOrAnError(t *testing.T) {
	q := query(t, hourly())
	q.Reach = func(task.Spec) (coverage.Reach, error) { return coverage.Reach{}, errStore }
	_, err := coverage.Read(t.Context(), newBook(t), q)
	require.ErrorIs(t, err, errStore)
	b := newBook(t)
	b.done(2, 0, contract.OutcomeDelivered, 7)
	b.ran(2, 0, 1, contract.OutcomeDelivered)
	for _, book := range []coverage.Book{tornDones{b}, tornLines{b}} {
		_, err = coverage.Read(t.Context(), book, query(t, hourly()))
		require.ErrorIs(t, err, errStore)
	}
}

// A torn book fails after the last of its lines.
type (
	tornDones struct{ book }
	tornLines struct{ book }
)

// Dones implements coverage.Book.
func (b tornDones) Dones(ctx context.Context, account, task string, from, to time.Time) iter.Seq2[receipt.Done, error] {
	return torn(b.book.Dones(ctx, account, task, from, to))
}

// Lines implements coverage.Book.
func (b tornLines) Lines(ctx context.Context, account, task string) iter.Seq2[receipt.RunLine, error] {
	return torn(b.book.Lines(ctx, account, task))
}

func torn[T any](all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range all {
			if !yield(v, err) {
				return
			}
		}
		yield(*new(T), errStore)
	}
}

func TestSummarise(t *testing.T) {
	for name, c := range map[string]struct {
		lines    []coverage.Line
		breaks   []coverage.Break
		complete bool
	}{
		"nothing":                          {nil, []coverage.Break{}, true},
		"delivered, empty and one to come": {[]coverage.Line{line(0, 1, coverage.Delivered), line(1, 2, coverage.Empty), line(2, 3, coverage.NotDue)}, []coverage.Break{}, true},
		"one runs":                         {[]coverage.Line{line(0, 1, coverage.Delivered), line(1, 2, coverage.Running)}, []coverage.Break{}, false},
		"one was dropped":                  {[]coverage.Line{line(0, 1, coverage.Delivered), line(1, 2, coverage.Dropped)}, []coverage.Break{}, false},
		"a gap":                            {[]coverage.Line{line(0, 1, coverage.Delivered), line(2, 3, coverage.Delivered)}, []coverage.Break{{Window: span(1, 2)}}, false},
		"an overlap":                       {[]coverage.Line{line(0, 2, coverage.Delivered), line(1, 3, coverage.Delivered)}, []coverage.Break{{Window: span(1, 2), Overlap: true}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := coverage.Summarise(c.lines)
			require.Equal(t, c.breaks, s.Breaks)
			require.Equal(t, c.complete, s.Complete())
			require.Equal(t, len(c.lines), s.Windows)
			require.Equal(t, int64(7*len(c.lines)), s.Rows)
		})
	}
}

// However windows lie, the sum of what the breaks name is what is missing or double.
func TestBreaksAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []coverage.Line
		end, off := 0, 0
		for range rapid.IntRange(1, 20).Draw(t, "lines") {
			step := rapid.IntRange(-1, 1).Draw(t, "step")
			if len(lines) == 0 {
				step = 0
			}
			from := end + step
			end = from + rapid.IntRange(2, 5).Draw(t, "hours")
			off += max(step, -step)
			lines = append(lines, line(from, end, coverage.Delivered))
		}
		var sum time.Duration
		for _, b := range coverage.Summarise(lines).Breaks {
			require.True(t, b.From.Before(b.To))
			sum += b.To.Sub(b.From)
		}
		require.Equal(t, time.Duration(off)*time.Hour, sum)
	})
}
