package transform

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// streams makes so many records of each resource on the way.
type streams map[string]made

type made struct {
	n    int
	make func(i int) source.Record
}

// Records implements Inputs.
func (s streams) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for i := range s[resource].n {
			if !yield(s[resource].make(i), nil) {
				return
			}
		}
	}
}

// measured are conversations, and what the platform measured of their segments, of which other
// conversations have as many.
func measured(conversations, each int) streams {
	return streams{
		"messaging_interactions": {conversations, func(i int) source.Record { return source.Record{Order: int64(i), ID: fmt.Sprint("c", i)} }},
		"handle_time": {2 * conversations * each, func(i int) source.Record {
			return source.Record{ID: fmt.Sprint(i), Raw: fmt.Appendf(nil, `{"conversationId":"c%d","agentId":%d,"endTimeL":%d,"totalHandleTimeMillis":%d}`, i/each, i%each, 1000-i%each, i)}
		}},
	}
}

func assignmentsJob(t *testing.T) Job {
	job := newJob(t, "msg.assignments", FormatCSV, map[string]any{"handle_time": true})
	job.Also = []string{"handle_time"}
	return job
}

// What lookups hold of a month of records is no more than what they are weighed as, and grows with
// those of the window only.
func TestLookupsHoldNoMoreThanTheyWeigh(t *testing.T) {
	job := assignmentsJob(t)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const conversations, each = 100_000, 3
	before := heap()
	found, err := loadLookups(t.Context(), job, measured(conversations, each))
	require.NoError(t, err)
	grown := heap() - before
	weight := LookupWeight(job.Report.Lookups["handle_times"], conversations, conversations*each)
	require.LessOrEqual(t, grown, weight+momentBytes*pieceMoments, "a piece may not be full")
	require.Greater(t, 2*grown, weight, "it says what it holds")
	runtime.KeepAlive(found)
}

// Whatever the pieces they lie in, moments of a key are found all, in order of time.
func TestMomentsOfManyPieces(t *testing.T) {
	const each = 2*pieceMoments + 100
	in := streams{
		"messaging_interactions": {1, func(int) source.Record { return source.Record{ID: "c"} }},
		"handle_time": {each, func(i int) source.Record {
			return source.Record{ID: fmt.Sprint(i), Raw: fmt.Appendf(nil, `{"conversationId":"c","agentId":%d,"endTimeL":%d,"totalHandleTimeMillis":%d}`, i%5, each-i, i)}
		}},
	}
	found, err := loadLookups(t.Context(), assignmentsJob(t), in)
	require.NoError(t, err)
	times := found["handle_times"].times
	require.Len(t, times.pieces, 3)
	for agent := range 5 {
		var at []int64
		for when, value := range times.each(fmt.Appendf(nil, "c:%d", agent)) {
			require.EqualValues(t, each-value, when)
			at = append(at, when)
		}
		require.InDelta(t, each/5, len(at), 1)
		require.True(t, slices.IsSorted(at))
	}
	require.Empty(t, maps.Collect(times.each([]byte("c:7"))))
}

// More than a step may hold is refused while it is read, whatever it is of.
func TestLookupsThatAreTooLarge(t *testing.T) {
	job := assignmentsJob(t)
	job.Room = 3 << 20
	_, err := loadLookups(t.Context(), job, measured(1000, 3))
	require.NoError(t, err)
	_, err = loadLookups(t.Context(), job, measured(100_000, 1))
	requireTooMuch(t, err, "messaging_interactions")
	_, err = loadLookups(t.Context(), job, measured(1000, 200))
	requireTooMuch(t, err, "handle_time")
	skills := made{100_000, func(i int) source.Record {
		return source.Record{ID: fmt.Sprint(i), Raw: fmt.Appendf(nil, `{"id":%d,"name":"one of many"}`, i)}
	}}
	_, err = loadLookups(t.Context(), job, streams{"skills": skills})
	requireTooMuch(t, err, "skills")

	count := newJob(t, "agent.handle_time", FormatCSV, nil)
	count.Room = job.Room
	units := func(segments int) Inputs {
		return streams{"handle_time_breakdown": {100_000, func(i int) source.Record {
			return source.Record{ID: fmt.Sprint(i), Raw: fmt.Appendf(nil, `{"segmentId":"s%d"}`, i%segments)}
		}}}
	}
	_, err = loadLookups(t.Context(), count, units(1000))
	require.NoError(t, err, "a key is there once")
	_, err = loadLookups(t.Context(), count, units(100_000))
	requireTooMuch(t, err, "handle_time_breakdown")
}

func requireTooMuch(t *testing.T, err error, resource string) {
	t.Helper()
	require.Equal(t, fault.InvalidSpec, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "join "+resource+": it takes more than the 3 MiB of memory")
}

// What is to be looked up and is withheld holds the run up by its name, until that is accepted; the rows are
// written without it.
func TestWithheldRecordsToLookUpAreNamed(t *testing.T) {
	job, in := assignmentsJob(t), measured(0, 0)
	in["handle_time"] = made{1, func(int) source.Record { return source.Record{ID: "!place", Raw: source.Withheld("it is too large")} }}
	_, res := render(t, job, in)
	require.Equal(t, []Quarantine{{RecordID: "!place", Reason: "it is too large"}}, res.Quarantined)
	require.EqualValues(t, 1, res.Left)
	job.Accepted = []string{"!place"}
	_, res = render(t, job, in)
	require.Zero(t, res.Left)
	require.Zero(t, res.Entries)
}
