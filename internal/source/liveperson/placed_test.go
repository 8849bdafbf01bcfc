package liveperson

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// giantText is a member of so many MiB.
func giantText(mib int) string {
	return `"giant":"` + strings.Repeat("0123456789 abcde", mib<<16) + `"`
}

func pagesOf(n int) func(*Config) { return func(c *Config) { c.Limits.PageSize = n } }

// listed answers one page of the elements, as their APIs do.
func listed(t *testing.T, w http.ResponseWriter, r *http.Request, array string, elements []string) {
	offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
	require.NoError(t, err)
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	require.NoError(t, err)
	end, next := min(offset+limit, len(elements)), ""
	if end < len(elements) {
		next = `{"rel":"next","href":"x"}`
	}
	_, _ = fmt.Fprintf(w, `{"_metadata":{"count":%d,"references":[%s]},%q:[`, len(elements), next, array)
	for i := offset; i < end; i++ {
		if i > offset {
			_, _ = io.WriteString(w, ",")
		}
		_, _ = io.WriteString(w, elements[i])
	}
	_, _ = io.WriteString(w, "]}")
}

// requirePlaced wants one record that is known by its place alone, beside those that have ids.
func requirePlaced(t *testing.T, m *memory, beside int, place string) (name string) {
	t.Helper()
	byID, times := m.records()
	require.Len(t, byID, beside+1)
	for id, r := range byID {
		require.Equal(t, 1, times[id])
		if !strings.HasPrefix(id, source.BadPrefix) {
			require.False(t, r.Cut)
			continue
		}
		require.Regexp(t, place, id)
		require.Empty(t, name)
		name = id
		require.True(t, r.Cut)
		why, withheld := source.WhyWithheld(r.Raw)
		require.True(t, withheld)
		require.Contains(t, why, " MiB, too much to be kept")
		require.Less(t, len(r.Raw), 200)
	}
	require.NotEmpty(t, name)
	return name
}

// A conversation that is too large to be kept and has no id is known by its place, the same each time that it is
// read. Those around it come as ever.
func TestAGiantWithoutAnIDIsKnownByItsPlace(t *testing.T) {
	for _, c := range []struct {
		name, info string
		mib, times int
	}{
		{"held", `"startTimeL":%d,"endTimeL":%[1]d`, 66, 2},
		{"read past", `"startTimeL":%d,"endTimeL":%[1]d`, hugePage>>20 + 1, 1},
		{"without a time", `"other":%d`, hugePage>>20 + 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := noon - hour
			records := []string{
				fmt.Sprintf(`{"info":{"conversationId":"a","startTimeL":%d,"endTimeL":%[1]d}}`, at),
				fmt.Sprintf(`{"info":{`+c.info+`},`, at+1) + giantText(c.mib) + `}`,
				fmt.Sprintf(`{"info":{"conversationId":"b","startTimeL":%d,"endTimeL":%[1]d}}`, at+2),
			}
			s := serve(t, func(w http.ResponseWriter, r *http.Request) { listed(t, w, r, conversationsAPI.records, records) })
			var names []string
			for range c.times {
				m := newMemory()
				require.NoError(t, client(t, s.Server, newFakeTime(), pagesOf(2)).Fetch(t.Context(), query(basisStart, at, noon), m))
				names = append(names, requirePlaced(t, m, 2, `^!2026-11-20T11:00:00Z/2026-11-20T12:00:00Z record [0-9a-f]{16}$`))
				require.Equal(t, int64(3), m.counts().Kept)
			}
			require.Len(t, slices.Compact(names), 1)
		})
	}
}

// One whose times say that it is of another window is not told of.
func TestAGiantOfAnotherWindowIsNotTold(t *testing.T) {
	records := []string{fmt.Sprintf(`{"info":{"startTimeL":%d},`, noon-2*hour) + giantText(66) + `}`}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { listed(t, w, r, conversationsAPI.records, records) })
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, noon-hour, noon), m))
	byID, _ := m.records()
	require.Empty(t, byID)
}

// A record without an id that is no giant is refused as ever.
func TestARecordWithoutAnIDIsRefused(t *testing.T) {
	records := []string{fmt.Sprintf(`{"info":{"startTimeL":%d}}`, noon-hour)}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { listed(t, w, r, conversationsAPI.records, records) })
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, noon-hour, noon), newMemory())
	require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
}

// One that is there twice, for others came before it and left behind it while pages were read, is not taken for two:
// a count that agrees by that would hide the one that was missed.
func TestAGiantThatMovesIsOne(t *testing.T) {
	at := noon - hour
	talk := func(id string, n int64) string {
		return fmt.Sprintf(`{"info":{"conversationId":%q,"startTimeL":%d,"endTimeL":%[2]d}}`, id, at+n)
	}
	giant := fmt.Sprintf(`{"info":{"startTimeL":%d,"endTimeL":%[1]d},`, at+2) + giantText(hugePage>>20+1) + `}`
	records := []string{talk("a", 1), giant, talk("b", 3)}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		listed(t, w, r, conversationsAPI.records, records)
		if q := r.URL.Query(); q.Get("offset") == "1" && q.Get("limit") == "1" {
			records = []string{talk("c", 0), talk("a", 1), giant}
		}
	})
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime(), pagesOf(1)).Fetch(t.Context(), query(basisStart, at, noon), m))
	requirePlaced(t, m, 2, `^!2026-11-20T11:00:00Z/2026-11-20T12:00:00Z record [0-9a-f]{16}$`)
	byID, _ := m.records()
	require.Contains(t, byID, "c")
}
