package liveperson

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// ofWindow asks for the units of segments that ended in the window.
func ofWindow(from, to, now int64) source.Query {
	return source.Query{
		Resource: HandleBreakdown, From: from, To: to, Now: now, Params: map[string]json.RawMessage{"of_window": json.RawMessage("true")},
	}
}

// Units of consecutive windows, also such as cut through the hours of the files, are those that the
// world knows, each in one window: the one that its segment ended in.
func TestUnitsOfWindowsThatFollowEachOther(t *testing.T) {
	c := startCloud(t, 8000)
	const length = 95 * minute
	from := c.now - 4*day - 17*minute
	var got []string
	for i := range int64(8) {
		_, units := c.segmentsOf(t, from+i*length, from+(i+1)*length)
		m := newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), ofWindow(from+i*length, from+(i+1)*length, c.now), m))
		ids := idsInOrder(t, m)
		require.ElementsMatch(t, units, ids)
		counts := m.counts()
		require.EqualValues(t, len(ids), counts.Kept)
		require.Equal(t, counts.Total, counts.Fetched)
		require.GreaterOrEqual(t, counts.Fetched, counts.Kept)
		got = append(got, ids...)
	}
	_, all := c.segmentsOf(t, from, from+8*length)
	require.NotEmpty(t, all)
	require.ElementsMatch(t, all, got)
}

// A unit of a segment that is not listed would belong to no window. It is told of, and taken once the
// list has the segment.
func TestAUnitOfASegmentThatIsNotListed(t *testing.T) {
	for name, tc := range map[string]struct {
		hidden int // lists without the segments
		want   fault.Kind
	}{"for good": {1000, fault.PartialData}, "at first": {1, ""}} {
		t.Run(name, func(t *testing.T) {
			packed, _ := unitLines(t, "s", 3)
			lists := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/breakdown"):
					_, _ = fmt.Fprint(w, `{"files":["/one"]}`)
				case strings.HasSuffix(r.URL.Path, "/files"):
					_, _ = w.Write(packed)
				default:
					body := fmt.Sprintf(`{"segments":[{"segmentId":"s","endTimeL":%d,"totalHandleTimeMillis":1}],"pagination":{"count":1}}`, noon-minute)
					if lists++; lists <= tc.hidden {
						body = `{"segments":[],"pagination":{"count":0}}`
					}
					_, _ = io.WriteString(w, body)
				}
			})
			m := newMemory()
			err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), ofWindow(noon-hour, noon, noon+day), m)
			if tc.want != "" {
				require.Equal(t, tc.want, fault.KindOf(err), "%v", err)
				require.ErrorContains(t, err, "tell of 1 segments that are not listed among those which ended from")
				return
			}
			require.NoError(t, err)
			require.Len(t, idsInOrder(t, m), 3)
			require.EqualValues(t, 3, m.counts().Kept)
		})
	}
}

// nowhere takes records and keeps none.
type nowhere struct{ source.SliceWriter }

// Add implements source.SliceWriter.
func (nowhere) Add(context.Context, source.Record) error { return nil }

// What is held of an hour is by its segments, not by their units.
func TestUnitsAreNotHeld(t *testing.T) {
	const segments, units = 5_000, 12
	b := breakdown{session: session{Client: client(t, serve(t, nil).Server, newFakeTime())}, w: nowhere{}, told: map[string]*toldSegment{}}
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, after := heap(), [units]int64{}
	for n := range units {
		for i := range segments {
			require.NoError(t, b.add(t.Context(), fmt.Appendf(nil, `{"segmentId":"12345678:7001:c0000000-0000-4000-8000-%012d:0","sequence":%d}`, i, n+1)))
		}
		after[n] = heap() - before
	}
	require.EqualValues(t, segments*units, b.counts.Kept)
	require.Less(t, after[units-1], after[0]+after[0]/4)
	require.Less(t, after[units-1], int64(segments*300), "bytes a segment")
	runtime.KeepAlive(&b)
}

// The numbers of a segment's units are told apart however high they are.
func TestSequences(t *testing.T) {
	var s sequences
	require.False(t, s.any())
	for _, n := range []int64{0, 1, 63, 64, 65, 1 << 40, -1} {
		require.True(t, s.add(n), n)
		require.False(t, s.add(n), n)
	}
	require.True(t, s.any())
}
