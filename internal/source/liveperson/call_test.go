package liveperson

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

var pingRequest = request{api: interactionsAPI, method: http.MethodPost, path: "/ping", body: []byte(`{}`)}

// ping sends the request and returns the answer's text.
func ping(ctx context.Context, c *Client) (text string, err error) {
	s := session{Client: c}
	err = s.call(ctx, pingRequest, func(body io.Reader) error {
		if body == nil {
			text = "no content"
			return nil
		}
		b, err := io.ReadAll(body)
		text = string(b)
		return err
	})
	return text, err
}

// script answers with the given handlers one after the other, then with "ok".
func script(steps ...http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		n++
		if n <= len(steps) {
			steps[n-1](w, r)
			return
		}
		_, _ = io.WriteString(w, "ok")
	}
}

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// cutOff promises more than it sends and breaks the connection.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "half")
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestCallRidesOutPassingFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		steps []http.HandlerFunc
		waits time.Duration // at least
	}{
		"500 twice":           {[]http.HandlerFunc{status(500, "x"), status(502, "x")}, 0},
		"503":                 {[]http.HandlerFunc{status(503, "x")}, 0},
		"cut body":            {[]http.HandlerFunc{cutOff, cutOff}, 0},
		"429":                 {[]http.HandlerFunc{status(429, "x")}, time.Second},
		"429 with seconds":    {[]http.HandlerFunc{status(429, "x", "Retry-After", "7")}, 7 * time.Second},
		"503 with seconds":    {[]http.HandlerFunc{status(503, "x", "Retry-After", "3")}, 3 * time.Second},
		"unexpected redirect": {[]http.HandlerFunc{status(302, "", "Location", "https://elsewhere.example/")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, clk := serve(t, script(tc.steps...)), newFakeTime()
			text, err := ping(t.Context(), client(t, s.Server, clk))
			require.NoError(t, err)
			require.Equal(t, "ok", text)
			require.Equal(t, len(tc.steps)+1, s.calls)
			require.GreaterOrEqual(t, clk.longest(), tc.waits)
		})
	}
}

func TestCallClassifiesWhatLasts(t *testing.T) {
	for name, tc := range map[string]struct {
		step  http.HandlerFunc
		kind  fault.Kind
		calls int
		says  []string
	}{
		"400": {
			status(400, "{\"debugMessage\":\n\t\"start: must not exceed 3 months\"}"), fault.InvalidSpec, 1,
			[]string{"status 400: start: must not exceed 3 months"},
		},
		"401":              {status(401, ""), fault.AuthFailed, 1, []string{"credentials: ", "App key"}},
		"401 consumer key": {status(401, `{"reason":"oauth_problem=consumer_key_unknown"}`), fault.AuthFailed, 1, []string{"check the App key", "consumerKey"}},
		"401 token":        {status(401, `oauth_problem=token_rejected`), fault.AuthFailed, 1, []string{"check the Access token of"}},
		"401 signature":    {status(401, `oauth_problem=signature_invalid`), fault.AuthFailed, 1, []string{"consumerSecret, tokenSecret"}},
		"401 clock": {
			status(401, ``, "Date", "Mon, 02 Jan 2006 15:04:05 GMT"), fault.AuthFailed, 1,
			[]string{"set the clock of this machine: it differs"},
		},
		"403":                {status(403, "no"), fault.PermissionDenied, 1, []string{"Messaging Interactions", "category Data"}},
		"404":                {status(404, ""), fault.NotFound, 1, []string{"nothing at this address"}},
		"413":                {status(413, ""), fault.InvalidSpec, 1, []string{"status 413"}},
		"500 for good":       {status(500, `{"internalCode":"0007"}`), fault.Upstream, 4, []string{"status 500", "0007"}},
		"429 for good":       {status(429, "x"), fault.RateLimited, 4, []string{"wait 1s"}},
		"429 for long":       {status(429, "x", "Retry-After", "120"), fault.RateLimited, 1, []string{"wait 2m0s"}},
		"429 for very long":  {status(429, "x", "Retry-After", "86400"), fault.RateLimited, 1, []string{"wait 15m0s"}},
		"cut for good":       {cutOff, fault.Upstream, 4, []string{"read the answer", "unexpected EOF"}},
		"secrets in a reply": {status(400, "you sent app-secret-0001 and access-token-0001"), fault.InvalidSpec, 1, []string{"you sent *** and ***"}},
		"long reply":         {status(400, strings.Repeat("long ", 1000)), fault.InvalidSpec, 1, []string{"…"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.step)
			_, err := ping(t.Context(), client(t, s.Server, newFakeTime()))
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			for _, text := range tc.says {
				require.ErrorContains(t, err, text)
			}
			require.Less(t, len(err.Error()), 800)
			require.Equal(t, tc.calls, s.calls)
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              time.Second,
		"0":                             time.Second,
		"-5":                            time.Second,
		"30":                            30 * time.Second,
		"9999999":                       15 * time.Minute,
		"soon":                          time.Second,
		"Fri, 20 Nov 2026 12:02:00 GMT": 2 * time.Minute,
		"Fri, 20 Nov 2026 11:00:00 GMT": time.Second,
	} {
		got, asked := retryAfter(http.Header{"Retry-After": {value}}, now)
		require.Equal(t, want, got, value)
		require.Equal(t, value != "" && value != "soon", asked, value)
	}
}

func TestCallSignsEveryTryAnew(t *testing.T) {
	seen := map[string]bool{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.False(t, seen[r.Header.Get("Authorization")], "a nonce was used twice")
		seen[r.Header.Get("Authorization")] = true
		require.Equal(t, "application/json", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusInternalServerError)
	})
	_, err := ping(t.Context(), client(t, s.Server, newFakeTime()))
	require.Error(t, err)
	require.Len(t, seen, 4)
}

func TestCallFollowsAServiceThatMoved(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{"404": status(404, ""), "refused": nil} {
		t.Run(name, func(t *testing.T) {
			good := serve(t, status(200, "ok"))
			old := httptest.NewTLSServer(fail)
			if fail == nil {
				old.Close()
			}
			defer old.Close()
			oldHost := strings.TrimPrefix(old.URL, "https://")
			c := client(t, good.Server, newFakeTime(), func(c *Config) {
				// Both servers have the same certificate; the old host is allowed, too.
				c.HTTP = old.Client()
			})
			e := c.shared.domains.entry(c.domainKey("msgHist"))
			e.host, e.until = oldHost, c.now().Add(domainTTL)
			text, err := ping(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, "ok", text)
			require.Equal(t, 1, good.lookUps)
		})
	}
}

func TestCallHasATimeLimit(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "baseURI.json") {
			_, _ = fmt.Fprintf(w, `{"baseURI":%q}`, r.Host)
			return
		}
		_, _ = io.WriteString(w, "a body that never ends")
		w.(http.Flusher).Flush()
		<-release
	}))
	defer s.Close()
	defer close(release)
	c := client(t, s, newFakeTime(), func(c *Config) { c.Limits = Limits{CallTimeout: 50 * time.Millisecond, Retries: 1} })
	_, err := ping(t.Context(), c)
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "no complete answer in time")
}

func TestCallRefusesAnEndlessBody(t *testing.T) {
	s := serve(t, status(200, strings.Repeat("x", 2000)))
	c := client(t, s.Server, newFakeTime(), func(c *Config) { c.Limits.MaxBody = 1000 })
	_, err := ping(t.Context(), c)
	require.True(t, fault.Is(err, fault.SchemaMismatch), "%v", err)
	require.Equal(t, 1, s.calls)
}

func TestCallEndsWithItsContext(t *testing.T) {
	s := serve(t, status(500, ""))
	ctx, cancel := context.WithCancel(t.Context())
	clk := newFakeTime()
	c := client(t, s.Server, clk, func(c *Config) {
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			cancel()
			return clk.sleep(ctx, d)
		}
		c.Limits.PerSecond = 1e9
	})
	_, err := ping(ctx, c)
	require.Error(t, err)
	require.LessOrEqual(t, s.calls, 1)
}

// However many clients share the budget, the account sees no more requests at once
// than the limit.
func TestBudgetBoundsRequestsInFlight(t *testing.T) {
	const limit = 3
	var mu sync.Mutex
	inFlight, most := 0, 0
	full := make(chan struct{})
	enter := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		inFlight += n
		if inFlight > most {
			if most = inFlight; most == limit {
				close(full)
			}
		}
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "baseURI.json") {
			_, _ = fmt.Fprintf(w, `{"baseURI":%q}`, r.Host)
			return
		}
		enter(1)
		<-full // all slots are taken at least once
		enter(-1)
	}))
	defer s.Close()
	shared, clk := &Shared{}, newFakeTime()
	var wg sync.WaitGroup
	for range 4 {
		c := client(t, s, clk, func(c *Config) { c.Shared = shared; c.Limits.Concurrent = limit })
		for range 10 {
			wg.Go(func() {
				_, err := ping(t.Context(), c)
				assert.NoError(t, err)
			})
		}
	}
	wg.Wait()
	require.Equal(t, limit, most)
}

// After a 429 nobody of the account starts a request before the pause is over.
func TestBudgetPausesEveryone(t *testing.T) {
	s := serve(t, script(status(429, "", "Retry-After", "120")))
	shared, clk := &Shared{}, newFakeTime()
	share := func(c *Config) { c.Shared = shared }
	_, err := ping(t.Context(), client(t, s.Server, clk, share))
	require.True(t, fault.Is(err, fault.RateLimited), "%v", err)
	before := clk.now()
	_, err = ping(t.Context(), client(t, s.Server, clk, share))
	require.NoError(t, err)
	require.GreaterOrEqual(t, clk.now().Sub(before), 119*time.Second)
}

func TestBudgetPacesRequests(t *testing.T) {
	s, clk := serve(t, status(200, "ok")), newFakeTime()
	c := client(t, s.Server, clk, func(c *Config) { c.Limits = Limits{Concurrent: 1, PerSecond: 2} })
	before := clk.now()
	for range 11 {
		_, err := ping(t.Context(), c)
		require.NoError(t, err)
	}
	require.InDelta(t, 5, clk.now().Sub(before).Seconds(), 0.6)
}
