package liveperson

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// Pages of other APIs that are too long are read in smaller ones too; an element that is too long alone is known
// by its place.
func TestLongPagesOfElements(t *testing.T) {
	const n, giant = 6, 0
	at := noon - 2*hour
	for _, c := range []struct {
		resource, array, element string
	}{
		{AgentActivity, agentActivity.array, `{"agentId":%d,"sessionId":1,"sequenceNumber":1,"statusType":1,"time":%q}`},
		{HandleTime, handleTime.array, `{"segmentId":"s%d","time":%q,"endTimeL":` + fmt.Sprint(at) + `}`},
	} {
		t.Run(c.resource, func(t *testing.T) {
			var elements []string
			for i := range n {
				one := fmt.Sprintf(c.element, i, time.UnixMilli(at).UTC().Format(time.RFC3339))
				if i == giant {
					one = one[:len(one)-1] + "," + giantText(hugePage>>20+1) + "}"
				}
				elements = append(elements, one)
			}
			s := serve(t, func(w http.ResponseWriter, r *http.Request) { listed(t, w, r, c.array, elements) })
			m := newMemory()
			require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: c.resource, From: at, To: noon, Now: noon}, m))
			requirePlaced(t, m, n-1, `^!2026-11-20T10:00:00Z/2026-11-20T12:00:00Z record [0-9a-f]{16}$`)
			require.Equal(t, int64(n), m.counts().Kept)
		})
	}
}

// Of an answer that knows no smaller pages halves of the time are asked for, down to the second that is too long.
func TestLongAnswersOfOutbound(t *testing.T) {
	from := noon - 4000
	giant, long, calls := from+2500, giantText(hugePage>>20+1), 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/app/token") {
			none := "eyJhbGciOiJub25lIn0.e30." // a token without claims, of which nobody here reads any
			_, _ = io.WriteString(w, `{"access_token":"`+none+`","token_type":"Bearer"}`)
			return
		}
		bound := func(name string) int64 {
			v, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
			require.NoError(t, err)
			return v
		}
		var list []string
		for at := from + 250; at < noon; at += 1000 {
			if at >= bound("attemptedStartTime") && at <= bound("attemptedEndTime") {
				list = append(list, fmt.Sprintf(`{"transactionId":"t%d","attemptedTime":%q}`, at, rfc3339(at)))
			}
		}
		if giant >= bound("attemptedStartTime") && giant <= bound("attemptedEndTime") {
			list = append(list, fmt.Sprintf(`{"transactionId":"giant","attemptedTime":%q,`, rfc3339(giant))+long+`}`)
		}
		calls++
		_, _ = fmt.Fprintf(w, `{"page":{"count":%d,"call":%d},"transactions":[%s]}`, len(list), calls, strings.Join(list, ","))
	})
	c := client(t, s.Server, newFakeTime(), with(Credentials{OAuth1: testCredentials().OAuth1, OAuth2: app()}))
	q := source.Query{Resource: Outbound, From: from, To: noon, Now: noon, Params: map[string]json.RawMessage{"apps": json.RawMessage(`["prmsg"]`)}}
	var names []string
	for range 2 {
		m := newMemory()
		require.NoError(t, c.Fetch(t.Context(), q, m))
		names = append(names, requirePlaced(t, m, 3, `^!2026-11-20T11:59:58\.000Z/2026-11-20T11:59:59\.000Z transactions of prmsg [0-9a-f]{16}$`))
		require.Equal(t, []int64{4, 4, 4}, []int64{m.counts().Total, m.counts().Fetched, m.counts().Kept})
	}
	require.Equal(t, names[0], names[1], "what its pages say beside it does not matter")
}

// Pages of a list as it is now that are too long are read in smaller ones; of one entry that is too long alone it is
// said what to do.
func TestLongPagesOfARoster(t *testing.T) {
	const n = 7
	agents := func(n, mib int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf(`{"agentId":"a%d",`, i)+giantText(mib)+`}`)
		}
		return list
	}
	are := agents(n, 12)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { listed(t, w, r, agentStatus.shape.Array, are) })
	q := source.Query{Resource: AgentStatus, From: noon - hour, To: noon, Now: noon}
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, m))
	_, times := m.records()
	require.Len(t, times, n)
	require.Equal(t, int64(n), m.counts().Kept)
	require.Zero(t, m.counts().Duplicates)
	are = agents(1, hugePage>>20+1)
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, newMemory())
	require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "the answer about entry 0 alone has more than 80 MiB")
	require.ErrorContains(t, err, fewerOnes)
}

// A segment that is too long to be read is told of among the units of its hour: those of it cannot be known by it.
func TestAGiantSegmentIsToldOfAmongUnits(t *testing.T) {
	from := noon - hour
	packed, _ := unitLines(t, "a", 2)
	giant := fmt.Sprintf(`{"segmentId":"b","endTimeL":%d,"totalHandleTimeMillis":1,`, from+2) + giantText(hugePage>>20+1) + `}`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/breakdown"):
			_, _ = io.WriteString(w, `{"files":["/0"]}`)
		case strings.HasSuffix(r.URL.Path, "/files"):
			_, _ = w.Write(packed)
		default:
			listed(t, w, r, handleTime.array, []string{
				giant, fmt.Sprintf(`{"segmentId":"a","endTimeL":%d,"totalHandleTimeMillis":1}`, from+1),
			})
		}
	})
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), ofWindow(from, noon, noon+day), m))
	requirePlaced(t, m, 2, `^!2026-11-20T11:00:00Z/2026-11-20T12:00:00Z record [0-9a-f]{16}$`)
	require.Equal(t, []int64{3, 3, 3}, []int64{m.counts().Total, m.counts().Fetched, m.counts().Kept})
}

// Answers that are streamed may have any length.
func TestAListOfAnyLengthIsRead(t *testing.T) {
	const n = 1000
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "[")
		for i := range n {
			_, _ = fmt.Fprintf(w, `{"id":%d},`, i)
		}
		_, _ = io.WriteString(w, `{"id":"last"}]`)
	})
	m := newMemory()
	c := client(t, s.Server, newFakeTime(), func(c *Config) { c.Limits.MaxBody = n })
	require.NoError(t, c.Fetch(t.Context(), source.Query{Resource: "skills", Now: noon}, m))
	require.Equal(t, int64(n+1), m.counts().Kept)
}

// Of what no smaller request gives less, it is said what to do: of one part that is too long, and of an answer that
// is one.
func TestWhatIsTooLongSaysWhatToDo(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/configuration/") {
			_, _ = io.WriteString(w, `[{"id":1},{"id":2,`+giantText(source.MaxRecord>>20+1)+`},{"id":3}]`)
			return
		}
		_, _ = io.WriteString(w, `{"metricsTotals":{`+giantText(source.MaxRecord>>20+1)+`}}`)
	})
	for resource, says := range map[string]string{
		"skills":        "shorten in the platform's console what is so long of it",
		KeyMetricsTrend: "make tasks with skill_ids, group_ids or agent_ids among their parameters",
		ChatQueueState:  "make tasks with skill_ids, group_ids or agent_ids among their parameters",
	} {
		err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: resource, From: noon - hour, To: noon, Now: noon}, newMemory())
		require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
		require.ErrorContains(t, err, "has more than 64 MiB")
		require.ErrorContains(t, err, says)
	}
}
