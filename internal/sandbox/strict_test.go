package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

func TestSearchRefusesWhatTheRealOneRefuses(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	now := sandboxtest.Now
	hour := startBody(now.Add(-time.Hour), now, "")
	for _, c := range []struct {
		name, query, body string
		status            int
		says              string
	}{
		{"good", "source=test", hour, 200, ""},
		{"source of twenty", "source=" + strings.Repeat("é", 20), hour, 200, ""},
		{"source of twenty-one", "source=" + strings.Repeat("a", 21), hour, 400, "source"},
		{"source missing", "limit=10", hour, 400, "source"},
		{"limit over 100", "source=t&limit=101", hour, 400, "limit"},
		{"limit of 100", "source=t&limit=100", hour, 200, ""},
		{"limit of 0", "source=t&limit=0", hour, 400, "limit"},
		{"limit that is no number", "source=t&limit=ten", hour, 400, "limit"},
		{"offset below 0", "source=t&offset=-1", hour, 400, "offset"},
		{"unknown sort field", "source=t&sort=duration:asc", hour, 400, "sort"},
		{"unknown sort order", "source=t&sort=start:des", hour, 400, "sort"},
		{"version 3", "source=t&v=3", hour, 400, "v"},
		{"no start", "source=t", `{"end":{"from":1,"to":2}}`, 400, "start"},
		{"half a start", "source=t", `{"start":{"from":1}}`, 400, "start"},
		{"start backwards", "source=t", `{"start":{"from":3,"to":2}}`, 400, "start"},
		{"numbers as strings", "source=t", fmt.Sprintf(`{"start":{"from":"%d","to":"%d"}}`, ms(now.Add(-time.Hour)), ms(now)), 200, ""},
		{"three months", "source=t", startBody(now.AddDate(0, -3, 0), now, ""), 200, ""},
		{"more than three months", "source=t", startBody(now.AddDate(0, -3, 0).Add(-time.Second), now, ""), 400, "3 months"},
		{"more than three months of ends", "source=t", startBody(now.Add(-time.Hour), now, fmt.Sprintf(`,"end":{"from":1,"to":%d}`, ms(now))), 400, "end"},
		{"more than three months of full dialog ends", "source=t", startBody(now.Add(-time.Hour), now, fmt.Sprintf(`,"fullDialogEndTime":{"from":1,"to":%d}`, ms(now))), 400, "fullDialogEndTime"},
		{"open end within three months", "source=t", fmt.Sprintf(`{"start":{"from":%d,"to":-1}}`, ms(now.Add(-time.Hour))), 200, ""},
		{"unknown status", "source=t", startBody(now, now, `,"status":["CLOSED"]`), 400, "status"},
		{"unknown section", "source=t", startBody(now, now, `,"contentToRetrieve":["messages"]`), 400, "contentToRetrieve"},
		{"unknown filter", "source=t", startBody(now, now, `,"skills":[1]`), 400, "skills"},
		{"filter that is not simulated", "source=t", startBody(now, now, `,"keyword":"x"`), 400, "keyword"},
		{"no JSON", "source=t", `start`, 400, "body"},
		{"two objects", "source=t", hour + hour, 400, "body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", r.URL+searchPath+"?"+c.query, c.body, good)
			require.Equal(t, c.status, a.status, "%s", a.body)
			if c.says != "" {
				require.Contains(t, string(a.body), `"debugMessage":`)
				require.Contains(t, string(a.body), c.says)
			}
		})
	}
	require.Equal(t, 405, do(t, r, "GET", r.URL+searchPath+"?source=t", "", good).status)
	require.Equal(t, 404, do(t, r, "POST", r.URL+"/messaging_history/api/account/x/other", "{}", good).status)
}

func TestOtherHistoryCallsNeedTheirIds(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for _, c := range []struct {
		name, path, body string
		status           int
	}{
		{"conversation id missing", byIDPath + "?source=t", `{}`, 400},
		{"source missing", byIDPath, `{"conversationId":"x"}`, 400},
		{"unknown section", byIDPath + "?source=t", `{"conversationId":"x","contentToRetrieve":["x"]}`, 400},
		{"unknown conversation is no content", byIDPath + "?source=t", `{"conversationId":"e5c58e49-e4a5-40a8-8a18-d6580d1d5630"}`, 204},
		{"consumer missing", consumerPath + "?source=t", `{"status":["OPEN"]}`, 400},
		{"unknown consumer is an empty list", consumerPath + "?source=t", `{"consumer":"e5c58e49-e4a5-40a8-8a18-d6580d1d5630"}`, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", r.URL+c.path, c.body, good)
			require.Equal(t, c.status, a.status, "%s", a.body)
		})
	}
}

func TestDomainAPI(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for _, c := range []struct {
		name, path string
		status     int
		body       string
	}{
		{"one service", "/api/account/12345678/service/msgHist/baseURI.json?version=1.0", 200, `{"service":"msgHist","account":"12345678","baseURI":"` + r.Host + `"}`},
		{"all services", "/api/account/12345678/service/baseURI.json?version=1.0", 200, `{"baseURIs":[{"service":"msgHist","account":"12345678","baseURI":"` + r.Host + `"},{"service":"accountConfigReadOnly"`},
		{"older prefix", "/csdr/account/12345678/service/msgHist/baseURI.json?version=1.0", 200, r.Host},
		{"version missing", "/api/account/12345678/service/msgHist/baseURI.json", 400, "version"},
		{"unknown service", "/api/account/12345678/service/msghist/baseURI.json?version=1.0", 400, "service"},
		{"unknown account", "/api/account/nobody/service/msgHist/baseURI.json?version=1.0", 401, "nobody"},
		{"malformed account", "/api/account/a-b/service/msgHist/baseURI.json?version=1.0", 400, "account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, base := range []string{r.DomainURL, r.URL} {
				a := do(t, r, "GET", base+c.path, "", signer{})
				require.Equal(t, c.status, a.status)
				require.Contains(t, string(a.body), c.body)
			}
		})
	}
}

// TestConcurrencyCapAnswers429WithoutRetryAfter holds the only slot with a call whose
// body takes for ever, until its client goes away.
func TestConcurrencyCapAnswers429WithoutRetryAfter(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Concurrency: 1})
	require.NoError(t, r.SetFaults(sandbox.Fault{Path: usersPath, Kind: sandbox.SlowBody, DelayMS: 3_600_000, Forever: true}))
	ctx, leave := context.WithCancel(t.Context())
	target := r.URL + usersPath + "?v=4.0"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", good.header(http.MethodGet, target))
	left := make(chan struct{})
	go func() {
		defer close(left)
		if res, err := r.Client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	}()
	slot := func(taken int) func() bool {
		return func() bool { return r.Calls()["GET "+usersPath].InFlight == taken }
	}
	require.Eventually(t, slot(1), 2*time.Minute, time.Millisecond)
	hour := startBody(sandboxtest.Now.Add(-time.Hour), sandboxtest.Now, "")
	a := do(t, r, "POST", r.URL+searchPath+"?source=t", hour, good)
	require.Equal(t, 429, a.status)
	require.Empty(t, a.header.Get("Retry-After"))
	of := r.Accounts()["12345678"]
	require.Equal(t, 2, of.Peak, "of the account, over all paths, and the refused ones too")
	require.Equal(t, map[int]int{429: 1}, of.ByStatus)
	leave()
	<-left
	require.Eventually(t, slot(0), 2*time.Minute, time.Millisecond)
	require.Equal(t, 200, do(t, r, "POST", r.URL+searchPath+"?source=t", hour, good).status)
}
