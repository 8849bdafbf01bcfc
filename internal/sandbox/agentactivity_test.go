package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// change is a status change as the API writes it.
type change struct {
	AgentID                                   int64
	EmployeeID                                string
	Time                                      time.Time
	SessionID                                 int64
	SequenceNumber, StatusType, StatusSubType int
	StatusReasonID                            int64
	StatusReasonText                          *string
	PrevStatusChangeTime                      *time.Time
}

type changes struct {
	Metadata struct {
		References []struct{ Rel, Href string }
	} `json:"_metadata"`
	StateChanges []change
}

func activity(r *sandboxtest.Running, query url.Values) string {
	return r.URL + "/api/v2/account/" + sandboxtest.AccountID + "/status-changes?" + query.Encode()
}

func askChanges(t testing.TB, r *sandboxtest.Running, query url.Values) (out changes) {
	t.Helper()
	a := do(t, r, http.MethodGet, activity(r, query), "", signer{key: sandboxtest.Key})
	require.Equal(t, http.StatusOK, a.status, string(a.body))
	require.NoError(t, json.Unmarshal(a.body, &out))
	return out
}

func span(from, to time.Time, more ...string) url.Values {
	v := url.Values{"source": {"test"}, "from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

func TestStatusChangesRefuseWhatThePageRefuses(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 4000})
	now := sandboxtest.Now
	for name, c := range map[string]struct {
		query url.Values
		want  string
	}{
		"no source":       {url.Values{}, "source: is required"},
		"from alone":      {url.Values{"source": {"x"}, "from": {now.Format(time.RFC3339)}}, "from: must be given together with to"},
		"no time":         {url.Values{"source": {"x"}, "from": {"yesterday"}, "to": {"today"}}, "from: must be an RFC 3339 date-time"},
		"over a month":    {span(now.AddDate(0, -1, -1), now), "to: the timeframe is too long"},
		"over 13 months":  {span(now.AddDate(0, -13, -1), now.AddDate(0, -13, 5)), "from: is too long ago"},
		"large page":      {span(now.Add(-time.Hour), now, "limit", "5001"), "limit: must be less than or equal to 5000"},
		"negative offset": {span(now.Add(-time.Hour), now, "offset", "-1"), "offset: must be a number greater than or equal to 0"},
		"both ids":        {span(now.Add(-time.Hour), now, "agentId", "1", "empId", "E"), "agentId: must not be given together with empId"},
	} {
		t.Run(name, func(t *testing.T) {
			a := do(t, r, http.MethodGet, activity(r, c.query), "", signer{key: sandboxtest.Key})
			require.Equal(t, http.StatusBadRequest, a.status)
			var body struct{ Causes []string }
			require.NoError(t, json.Unmarshal(a.body, &body))
			require.Contains(t, fmt.Sprint(body.Causes), c.want)
		})
	}
}

// Every login is a story: login, status, changes with growing numbers, logout, and the
// session is missing from the first two alone.
func TestStatusChangesTellLogins(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 3, Conversations: 20_000})
	to := sandboxtest.Now.Truncate(24 * time.Hour)
	all := askChanges(t, r, span(to.AddDate(0, 0, -7), to, "limit", "5000")).StateChanges
	require.Greater(t, len(all), 300)
	open := map[int64][]change{}
	logins, reasons, textless, skipped := 0, 0, 0, 0
	for _, c := range all {
		story := open[c.AgentID]
		switch {
		case len(story) == 0:
			require.Equal(t, []int{3, -1, 0}, []int{c.StatusType, c.SequenceNumber, c.StatusSubType})
			require.EqualValues(t, -1, c.SessionID)
			logins++
		case len(story) == 1:
			require.Equal(t, []int{1, 1}, []int{c.StatusType, c.SequenceNumber})
			require.EqualValues(t, -1, c.SessionID)
			require.Nil(t, c.PrevStatusChangeTime)
		default:
			last := story[len(story)-1]
			require.Positive(t, c.SessionID)
			require.True(t, len(story) == 2 || c.SessionID == last.SessionID)
			require.Greater(t, c.SequenceNumber, last.SequenceNumber)
			skipped += c.SequenceNumber - last.SequenceNumber - 1
			require.True(t, c.StatusType == 4 || c.PrevStatusChangeTime.Equal(last.Time))
			require.NotEqual(t, last.StatusSubType, c.StatusSubType)
		}
		if c.StatusReasonID != -1 {
			if reasons++; c.StatusReasonText == nil {
				textless++
			}
		}
		if open[c.AgentID] = append(story, c); c.StatusType == 4 {
			delete(open, c.AgentID)
		}
	}
	require.Empty(t, open, "logged in over midnight")
	require.Greater(t, logins, 50)
	require.Greater(t, reasons, textless)
	require.Positive(t, textless)
	require.Positive(t, skipped)
}

func TestStatusChangesComeInPages(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 3, Conversations: 20_000})
	to := sandboxtest.Now
	whole := askChanges(t, r, span(to.AddDate(0, 0, -2), to)).StateChanges
	var paged []change
	for offset, more := 0, true; more; offset += 50 {
		p := askChanges(t, r, span(to.AddDate(0, 0, -2), to, "limit", "50", "offset", fmt.Sprint(offset)))
		paged = append(paged, p.StateChanges...)
		more = false
		for _, ref := range p.Metadata.References {
			more = more || ref.Rel == "next"
			require.NotContains(t, ref.Href, r.Host)
		}
	}
	require.Equal(t, whole, paged)
	one := askChanges(t, r, span(to.AddDate(0, 0, -2), to, "agentId", fmt.Sprint(whole[0].AgentID))).StateChanges
	require.Less(t, len(one), len(whole))
	for _, c := range one {
		require.Equal(t, whole[0].AgentID, c.AgentID)
	}
}
