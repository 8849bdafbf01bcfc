package liveperson

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/source"
)

// unmatched serves hours of which each has a segment with handle time, "seg" and the hour's number, and a file that
// tells of another, which no list has.
func unmatched(t *testing.T, from int64, stray func(hour int64) string) *service {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		number := func(name string) int64 {
			at, err := strconv.ParseInt(q.Get(name), 10, 64)
			require.NoError(t, err)
			return (at - from) / hour
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/breakdown"):
			_, _ = fmt.Fprintf(w, `{"files":["/%d"]}`, number("from"))
		case strings.HasSuffix(r.URL.Path, "/files"):
			n, err := strconv.ParseInt(q.Get("path")[1:], 10, 64)
			require.NoError(t, err)
			packed, _ := unitLines(t, stray(n), 2)
			_, _ = w.Write(packed)
		default:
			n := number("fromMillis")
			_, _ = io.WriteString(w, fmt.Sprintf(`{"segments":[{"segmentId":"seg%d","endTimeL":%d,"totalHandleTimeMillis":1}],"pagination":{"count":1}}`, n, from+n*hour+minute))
		}
	})
}

// Where files do not lie as their list says, every hour is named at once, and the window can be taken without what
// does not fit, as it was then: other segments in doubt are another doubt.
func TestHoursThatDoNotFitAreNamedAndAccepted(t *testing.T) {
	const hours = 6
	from := noon - hours*hour
	strays := "stray"
	s := unmatched(t, from, func(n int64) string { return fmt.Sprint(strays, n) })
	c := client(t, s.Server, newFakeTime())
	q := ofWindow(from, noon, noon+day)
	m := newMemory()
	err := c.Fetch(t.Context(), q, m)
	require.Equal(t, fault.PartialData, fault.KindOf(err), "%v", err)
	waits := feed.WaitsOf(err)
	require.Len(t, waits, hours)
	for n, w := range waits {
		at := clockText(from + int64(n)*hour)
		require.Regexp(t, `^!breakdown `+at+` unmatched [0-9a-f]{16}$`, w.Name)
		require.Contains(t, w.Text, fmt.Sprintf("1 segments that ended from %s to %s have handle time, and no file tells of it (seg%d)", at, clockText(from+int64(n+1)*hour), n))
		require.Contains(t, w.Text, fmt.Sprintf("files tell of 1 segments that are not listed among those which ended from %s", at))
		require.Contains(t, w.Text, fmt.Sprintf("(stray%d)", n))
		q.Accepted = append(q.Accepted, w.Name)
	}
	require.ErrorContains(t, err, "starter run accept RUN --record '"+waits[0].Name+"'")
	require.ErrorContains(t, err, "breakdown of raw.handle_time")

	some := q
	some.Accepted = q.Accepted[1:]
	err = c.Fetch(t.Context(), some, m)
	require.Equal(t, waits[:1], feed.WaitsOf(err), "the others are read")

	require.NoError(t, c.Fetch(t.Context(), q, m))
	require.Empty(t, idsInOrder(t, m), "units of no listed segment are left out")
	require.Equal(t, source.Counts{Total: 2 * hours, Fetched: 2 * hours, Calls: m.counts().Calls}, m.counts())

	strays = "other"
	err = c.Fetch(t.Context(), q, newMemory())
	require.Len(t, feed.WaitsOf(err), hours, "what was accepted is not this")

	// Reports that only count units take those of all segments; one without any is in doubt there too.
	q = source.Query{Resource: HandleBreakdown, From: from, To: noon, Now: noon + day}
	waits = feed.WaitsOf(c.Fetch(t.Context(), q, newMemory()))
	require.Len(t, waits, hours)
	for _, w := range waits {
		require.NotContains(t, w.Text, "not listed")
		q.Accepted = append(q.Accepted, w.Name)
	}
	m = newMemory()
	require.NoError(t, c.Fetch(t.Context(), q, m))
	require.Len(t, idsInOrder(t, m), 2*hours)
}
