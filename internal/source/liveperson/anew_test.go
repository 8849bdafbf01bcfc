package liveperson

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// What only a reading in vain has seen is staged nowhere: otherwise more would be staged than is
// counted, and no attempt could mend it.
func TestWhatAReadingInVainSawIsNotStaged(t *testing.T) {
	segments := func(count int, ids ...string) string {
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"segmentId":%q,"endTimeL":%d}`, id, noon-minute))
		}
		return fmt.Sprintf(`{"segments":[%s],"pagination":{"count":%d}}`, strings.Join(list, ","), count)
	}
	transactions := func(count int, ids ...string) string {
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"transactionId":%q,"attemptedTime":%q}`, id, time.UnixMilli(noon-minute).UTC().Format(time.RFC3339)))
		}
		return fmt.Sprintf(`{"page":{"count":%d},"transactions":[%s]}`, count, strings.Join(list, ","))
	}
	changes := func(more string, ids ...string) string {
		var list []string
		for i, id := range ids {
			list = append(list, fmt.Sprintf(`{"agentId":"1","sessionId":%q,"sequenceNumber":%d,"statusType":2,"time":%q}`, id, i, rfc3339(noon-minute)))
		}
		return fmt.Sprintf(`{"_metadata":{"references":[%s]},"stateChanges":[%s]}`, more, strings.Join(list, ","))
	}
	for name, tc := range map[string]struct{ resource, first, then string }{
		"segments":       {HandleTime, segments(3, "1", "2"), segments(2, "2", "3")},
		"status changes": {AgentActivity, changes(`{"rel":"next"}`, "1", "2"), changes("", "3", "4")},
		"transactions":   {Outbound, transactions(3, "1", "2"), transactions(2, "2", "3")},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/login") {
					_, _ = fmt.Fprint(w, `{"csrf":"c","bearer":"b","sessionTTl":"1000000"}`)
					return
				}
				if calls++; calls == 1 {
					_, _ = fmt.Fprint(w, tc.first)
					return
				}
				_, _ = fmt.Fprint(w, tc.then)
			})
			q := source.Query{Resource: tc.resource, From: noon - hour, To: noon}
			if tc.resource == Outbound {
				q.Params = map[string]json.RawMessage{"apps": json.RawMessage(`["c2m"]`)}
			}
			m := newMemory()
			both := with(Credentials{OAuth1: testCredentials().OAuth1, Login: userLogin()})
			require.NoError(t, client(t, s.Server, newFakeTime(), both).Fetch(t.Context(), q, m))
			require.Equal(t, 2, calls)
			byID, _ := m.records()
			require.Len(t, byID, 2)
			require.EqualValues(t, 2, m.counts().Kept)
			for id := range byID {
				require.NotEqual(t, "1", strings.TrimSuffix(id, ":c2m"))
			}
		})
	}
}
