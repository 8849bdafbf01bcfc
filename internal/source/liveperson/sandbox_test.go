package liveperson

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/probe"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const (
	searchPrefix = "/messaging_history/"
	listPrefix   = "/api/account/12345678/configuration/"
)

// cloud is a running sandbox with a client's clock, which is also that of signatures.
type cloud struct {
	*sandboxtest.Running
	clk  *fakeTime
	http *http.Client
	now  int64 // the clock of its data
}

func startCloud(t testing.TB, conversations int) *cloud {
	t.Helper()
	clk := newFakeTime()
	return startCloudOf(t, clk, sandbox.Config{Seed: 7, Conversations: conversations, RealNow: clk.now})
}

func startCloudOf(t testing.TB, clk *fakeTime, config sandbox.Config) *cloud {
	t.Helper()
	r := sandboxtest.Start(t, config)
	roots := r.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs
	dialer := guard.New(guard.Config{Allow: []string{r.Host, strings.TrimPrefix(r.DomainURL, "http://")}})
	return &cloud{Running: r, clk: clk, http: dialer.Client(roots), now: sandboxtest.Now.UnixMilli()}
}

func (c *cloud) client(t require.TestingT, change ...func(*Config)) *Client {
	config := Config{
		PlatformAccount: sandboxtest.AccountID, DomainURL: c.DomainURL, Credentials: testCredentials(),
		HTTP: c.http, Now: c.clk.now, Sleep: c.clk.sleep,
	}
	for _, f := range change {
		f(&config)
	}
	made, err := New(config)
	require.NoError(t, err)
	return made
}

func (c *cloud) query(basis string, from, to int64) source.Query {
	return source.Query{Resource: Interactions, From: from, To: to, Now: c.now, Params: map[string]json.RawMessage{
		"time_basis": json.RawMessage(`"` + basis + `"`), "content": json.RawMessage(`["summary"]`),
	}}
}

// truth lists the ids that exist in the window.
func (c *cloud) truth(t require.TestingT, basis string, from, to int64) (ids []string) {
	win := sandbox.Window{Basis: sandbox.Basis(basis), From: from, To: to}
	if basis != basisStart {
		win.Status = "CLOSE"
	}
	all, err := c.World().Conversations(sandboxtest.AccountID, win)
	require.NoError(t, err)
	for conversation := range all {
		ids = append(ids, conversation.ID)
	}
	slices.Sort(ids)
	return ids
}

func (c *cloud) calls(path string) (total int) {
	for key, n := range c.Calls() {
		if strings.Contains(key, path) {
			total += n.Total
		}
	}
	return total
}

// Whatever the window and the basis, what arrives is what exists: every id, and each in
// one slice.
func TestSandboxWindowsEqualTheWorld(t *testing.T) {
	c := startCloud(t, 2500)
	rapid.Check(t, func(t *rapid.T) {
		basis := rapid.SampledFrom(timeBases[:3]).Draw(t, "basis")
		length := rapid.SampledFrom([]int64{minute, 7 * minute, hour, day, 5 * day, 30 * day}).Draw(t, "unit") *
			rapid.Int64Range(1, 3).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 380*day).Draw(t, "age")
		limits := Limits{SliceMatches: rapid.Int64Range(50, 500).Draw(t, "matches"), PageSize: rapid.IntRange(25, 100).Draw(t, "page")}
		m := newMemory()
		made := c.client(t, func(c *Config) { c.Limits = limits })
		require.NoError(t, made.Fetch(t.Context(), c.query(basis, to-length, to), m))
		requireIDs(t, c.truth(t, basis, to-length, to), m)
		got := m.counts()
		require.Equal(t, got.Total, got.Fetched)
		require.LessOrEqual(t, got.Kept, got.Fetched)
		require.Zero(t, got.Duplicates)
	})
}

// Neighbouring windows share no conversation and lose none.
func TestSandboxWindowsTile(t *testing.T) {
	c := startCloud(t, 40_000)
	for _, basis := range timeBases[:3] {
		from := c.now - 2*day
		seen := map[string]bool{}
		for i, at := int64(0), from; at < c.now; i++ {
			next := min(at+(i%7+1)*37*minute+i, c.now)
			m := newMemory()
			require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basis, at, next), m))
			byID, _ := m.records()
			for id := range byID {
				require.False(t, seen[id], "%s by %s is in two windows", id, basis)
				seen[id] = true
			}
			at = next
		}
		require.Len(t, seen, len(c.truth(t, basis, from, c.now)), basis)
	}
}

// A long window of ends crosses everything: slices, pieces, surveys, conversations that
// were open for months.
func TestSandboxLongWindowByEnd(t *testing.T) {
	c := startCloud(t, 8000)
	m := newMemory()
	from, to := c.now-200*day, c.now
	require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisEnd, from, to), m))
	want := c.truth(t, basisEnd, from, to)
	require.Greater(t, len(want), 3000)
	requireIDs(t, want, m)
	old := 0
	byID, _ := m.records()
	for _, r := range byID {
		if r.Order < from {
			old++
		}
	}
	require.NotZero(t, old, "the sandbox has conversations that began before the window")
}

func TestSandboxTransientFaults(t *testing.T) {
	seconds := 3
	c := startCloud(t, 40_000)
	from, to := c.now-4*day, c.now-day
	want := c.truth(t, basisEnd, from, to)
	require.Greater(t, len(want), 200)
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.TooManyRequests, Every: 5},
		{Kind: sandbox.TooManyRequests, Every: 5, RetryAfter: &seconds},
		{Kind: sandbox.Unavailable, Every: 4, RetryAfter: &seconds},
		{Kind: sandbox.Unavailable, Every: 4},
		{Kind: sandbox.ServerError, Every: 3},
		{Kind: sandbox.CutBody, Every: 4},
		{Kind: sandbox.SlowBody, After: 3, Times: 1, DelayMS: 80},
		{Kind: sandbox.PartialResult, After: 12, Times: 2},
		{Kind: sandbox.PartialRecord, After: 12, Times: 1},
		{Kind: sandbox.CountDrift, Times: 2},
		{Kind: sandbox.CountMismatch, After: 11, Times: 2},
		{Kind: sandbox.DuplicateRows, Every: 2, Rows: 3},
		{Kind: sandbox.MissingRows, After: 12, Times: 1, Rows: 2},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			f.Path = searchPrefix
			require.NoError(t, c.SetFaults(f))
			defer func() { require.NoError(t, c.SetFaults()) }()
			m := newMemory()
			require.NoError(t, c.client(t).Fetch(t.Context(), c.query(basisEnd, from, to), m))
			requireIDs(t, want, m)
			require.NotZero(t, c.Faults()[0].Hits, "the fault must have happened")
			require.Equal(t, m.counts().Total, m.counts().Fetched)
			byID, _ := m.records()
			for id, r := range byID {
				require.NotContains(t, string(r.Raw), `"isPartial":true`, id)
			}
		})
	}
}

func TestSandboxLastingFaults(t *testing.T) {
	minutes := 120
	c := startCloud(t, 40_000)
	for _, tc := range []struct {
		fault sandbox.Fault
		kind  fault.Kind
	}{
		{sandbox.Fault{Kind: sandbox.MissingRows, Forever: true}, fault.CountMismatch},
		{sandbox.Fault{Kind: sandbox.CountMismatch, Forever: true}, fault.CountMismatch},
		{sandbox.Fault{Kind: sandbox.PartialResult, Forever: true}, fault.PartialData},
		{sandbox.Fault{Kind: sandbox.ServerError, Forever: true}, fault.Upstream},
		{sandbox.Fault{Kind: sandbox.CutBody, Forever: true}, fault.Upstream},
		{sandbox.Fault{Kind: sandbox.TooManyRequests, Forever: true, RetryAfter: &minutes}, fault.RateLimited},
		{sandbox.Fault{Kind: sandbox.Unauthorized, Forever: true}, fault.AuthFailed},
		{sandbox.Fault{Kind: sandbox.Forbidden, Forever: true}, fault.PermissionDenied},
	} {
		t.Run(string(tc.fault.Kind), func(t *testing.T) {
			tc.fault.Path = searchPrefix
			require.NoError(t, c.SetFaults(tc.fault))
			defer func() { require.NoError(t, c.SetFaults()) }()
			m := newMemory()
			err := c.client(t).Fetch(t.Context(), c.query(basisEnd, c.now-2*day, c.now-day), m)
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			for _, secret := range testCredentials().values() {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

func TestSandboxResumeCallsOnlyForWhatIsMissing(t *testing.T) {
	c := startCloud(t, 40_000)
	limits := func(c *Config) { c.Limits = Limits{SliceMatches: 20, Concurrent: 2, Retries: 1} }
	q, m := c.query(basisStart, c.now-8*day, c.now-day), newMemory()
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: searchPrefix, Kind: sandbox.ServerError, After: 120, Forever: true}))
	err := c.client(t, limits).Fetch(t.Context(), q, m)
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	missing := len(m.slices) - len(m.commits)
	require.NotEmpty(t, m.commits)
	require.NotZero(t, missing)

	require.NoError(t, c.SetFaults())
	c.ResetCalls()
	require.NoError(t, c.client(t, limits).Fetch(t.Context(), q, m))
	requireIDs(t, c.truth(t, basisStart, q.From, q.To), m)
	require.LessOrEqual(t, c.calls(searchPrefix), missing*2, "two pages at most for each slice that was missing")

	c.ResetCalls()
	require.NoError(t, c.client(t, limits).Fetch(t.Context(), q, m))
	require.Zero(t, c.calls(searchPrefix), "what is done costs nothing")
}

func TestSandboxLists(t *testing.T) {
	c := startCloud(t, 4000)
	for resource, l := range lists {
		t.Run(resource, func(t *testing.T) {
			m := newMemory()
			require.NoError(t, c.client(t).Fetch(t.Context(), source.Query{Resource: resource, Now: c.now}, m))
			require.Equal(t, []source.Slice{{Key: "all"}}, m.slices)
			byID, _ := m.records()
			require.NotEmpty(t, byID, l.path)
			require.Equal(t, int64(len(byID)), m.counts().Kept)
			for id, r := range byID {
				var element struct {
					ID       json.Number
					Revision string `json:"_revision"`
				}
				require.NoError(t, json.Unmarshal(r.Raw, &element))
				require.Equal(t, id, element.ID.String())
				require.Regexp(t, `^\d+$`, element.Revision)
				for _, name := range withheld {
					require.NotContains(t, string(r.Raw), `"`+name+`"`)
				}
			}
		})
	}
}

func TestSandboxListFaults(t *testing.T) {
	c := startCloud(t, 4000)
	users := source.Query{Resource: "users", Now: c.now}
	whole := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), users, whole))

	require.NoError(t, c.SetFaults(sandbox.Fault{Path: listPrefix, Kind: sandbox.CutBody, Times: 2}))
	m := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), users, m))
	require.Equal(t, 3, m.begun)
	want, _ := whole.records()
	got, _ := m.records()
	require.Len(t, got, len(want))

	broken := fault.New(fault.StorageFull, "write page: no space left")
	m = newMemory()
	m.failOn = func(source.Record) error { return broken }
	require.ErrorIs(t, c.client(t).Fetch(t.Context(), users, m), broken)
	require.Equal(t, 1, m.begun, "what the sink refuses is not read again")
	require.Empty(t, m.commits)
}

func TestSandboxProbe(t *testing.T) {
	names := slices.Sorted(maps.Keys(lists))
	all := append([]string{Interactions}, names...)
	c := startCloud(t, 1000)
	log, err := c.client(t).Test(t.Context(), all)
	require.NoError(t, err)
	require.Equal(t, "connect ok, log in ok, read "+strings.Join(all, " ok, read ")+" ok", stepsOf(log))

	const noLogin = "connect ok, log in failed"
	for name, tc := range map[string]struct {
		change func(*Config)
		kind   fault.Kind
		says   string
		steps  string
	}{
		"app key":      {func(c *Config) { c.Credentials.OAuth1.ConsumerKey = "another" }, fault.AuthFailed, "check the App key", noLogin},
		"secret":       {func(c *Config) { c.Credentials.OAuth1.ConsumerSecret = "another" }, fault.AuthFailed, "check Secret and Access token secret", noLogin},
		"token":        {func(c *Config) { c.Credentials.OAuth1.Token = "another" }, fault.AuthFailed, "check the Access token", noLogin},
		"account":      {func(c *Config) { c.PlatformAccount = "87654321" }, fault.NotFound, "platformAccount: the platform knows no account 87654321", "connect failed"},
		"clock":        {func(c *Config) { now := c.Now; c.Now = func() time.Time { return now().Add(-time.Hour) } }, fault.AuthFailed, "set the clock of this machine", noLogin},
		"guarded host": {func(c *Config) { c.HTTP = guard.New(guard.Config{}).Client(nil) }, fault.PermissionDenied, "--allow", "connect failed"},
	} {
		t.Run(name, func(t *testing.T) {
			log, err := c.client(t, tc.change).Test(t.Context(), all)
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, tc.steps, stepsOf(log))
		})
	}
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: listPrefix, Kind: sandbox.Forbidden, Forever: true}))
	log, err = c.client(t).Test(t.Context(), all)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.True(t, log.Works("read "+Interactions))
	require.False(t, log.Works("read users"))
	for _, resource := range names {
		require.ErrorContains(t, err, fmt.Sprintf("%s: account configuration API", resource))
	}
	require.NotContains(t, err.Error(), Interactions)
}

// stepsOf writes the steps of a test in a line.
func stepsOf(log probe.Log) string {
	var words []string
	for _, s := range log.Steps {
		words = append(words, s.Name+map[bool]string{true: " ok", false: " failed"}[s.OK])
	}
	return strings.Join(words, ", ")
}
