package liveperson

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// mayBeBlank are the resources of which an answer without content says that there is nothing: they
// are searched, or listed by time. Of all others an answer has something, so that it is none.
var mayBeBlank = map[string]bool{
	Interactions: true, Chats: true, AgentActivity: true, HandleTime: true, HandleBreakdown: true, NetHandleTime: true, Outbound: true,
}

// TestAnAnswerWithoutContent answers 204 to everything that is read: nothing breaks, and no list
// and no live answer is taken for an empty one.
func TestAnAnswerWithoutContent(t *testing.T) {
	clk := newFakeTime()
	clk.at = clk.at.Truncate(time.Hour)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login") {
			_, _ = fmt.Fprint(w, `{"csrf":"c","bearer":"b","sessionTTl":"1000000"}`)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	keyAndUser := with(Credentials{OAuth1: testCredentials().OAuth1, Login: userLogin()})
	for name := range resources {
		t.Run(name, func(t *testing.T) {
			now := clk.now().Truncate(time.Hour)
			q := source.Query{
				Resource: name, Now: clk.now().UnixMilli(),
				From: now.Add(-2 * time.Hour).UnixMilli(), To: now.Add(-time.Hour).UnixMilli(),
			}
			m := newMemory()
			err := client(t, s.Server, clk, keyAndUser).Fetch(t.Context(), q, m)
			if mayBeBlank[name] {
				require.NoError(t, err)
				require.NotEmpty(t, m.commits)
				require.Zero(t, m.counts().Total)
				return
			}
			require.Equal(t, fault.Upstream, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, "status 204, an answer without content")
			require.Empty(t, m.commits)
		})
	}
}

func TestATokenWithoutContentIsNone(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	err := client(t, s.Server, newFakeTime(), with(Credentials{OAuth2: app()})).Fetch(t.Context(), source.Query{Resource: "users"}, newMemory())
	require.Equal(t, fault.Upstream, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "Sentinel: status 204")
}

// A page that the one before leads to is no end: what it would have held is missing.
func TestAPageWithoutContentIsNoEnd(t *testing.T) {
	at := time.Now().Truncate(time.Hour).Add(-90 * time.Minute)
	full := make([]string, agentActivity.limit)
	for i := range full {
		full[i] = fmt.Sprintf(`{"agentId":"1","sessionId":"1","sequenceNumber":%d,"statusType":2,"time":%q}`, i, at.UTC().Format(time.RFC3339))
	}
	for name, tc := range map[string]struct{ resource, first, next string }{
		"by offset": {AgentActivity, `{"_metadata":{"references":[{"rel":"next"}]},"stateChanges":[` + strings.Join(full, ",") + `]}`, "offset=5000"},
		"by cursor": {Outbound, `{"page":{"count":1,"nextPage":"two"},"transactions":[{"transactionId":"x","attemptedTime":"2026-01-01T00:00:00Z"}]}`, "nextPage=two"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/login"):
					_, _ = fmt.Fprint(w, `{"csrf":"c","bearer":"b","sessionTTl":"1000000"}`)
				case strings.Contains(r.URL.RawQuery, tc.next):
					w.WriteHeader(http.StatusNoContent)
				default:
					_, _ = fmt.Fprint(w, tc.first)
				}
			})
			q := source.Query{Resource: tc.resource, From: at.Add(-time.Hour).UnixMilli(), To: at.Add(time.Hour).UnixMilli()}
			m := newMemory()
			err := client(t, s.Server, newFakeTime(), with(Credentials{OAuth1: testCredentials().OAuth1, Login: userLogin()})).Fetch(t.Context(), q, m)
			require.Equal(t, fault.PartialData, fault.KindOf(err), "%v", err)
			require.Empty(t, m.commits)
		})
	}
}
