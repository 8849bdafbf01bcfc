package transform

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/liveperson"
)

// trouble is what goes wrong with the calls of every API, and with searches and pages besides.
var trouble = []sandbox.Fault{
	{Path: "/", Kind: sandbox.TooManyRequests, Every: 7},
	{Path: "/", Kind: sandbox.ServerError, Every: 11},
	{Path: "/", Kind: sandbox.CutBody, Every: 5},
	{Path: "/", Kind: sandbox.Unavailable, Every: 13},
	{Path: "/messaging_history/", Kind: sandbox.PartialResult, Every: 6},
	{Path: "/messaging_history/", Kind: sandbox.DuplicateRows, Every: 3, Rows: 2},
	{Path: "/messaging_history/", Kind: sandbox.CountDrift, Every: 8, Rows: 1},
}

// TestReportsReadThroughTroubleAgreeWithTheWorld reads random windows of random accounts over
// HTTP, with faults on, as a run does: again until all is there. What is rendered of that adds up
// to what the world says that happened.
func TestReportsReadThroughTroubleAgreeWithTheWorld(t *testing.T) {
	const accounts, conversations = 6, 20_000
	var all struct {
		sums
		counted counted
	}
	var stays, hits int
	var measured int64
	for i := range accounts {
		seed := rand.Int64()
		to := sandboxtest.Now.UnixMilli() - (10*24*3600+rand.Int64N(290*24*3600))*1000
		if i%3 == 0 { // the source knows handle times
			to = sandboxtest.Now.UnixMilli() - (2*24*3600+rand.Int64N(8*24*3600))*1000
		}
		from := to - (1+rand.Int64N(48))*15*time.Minute.Milliseconds()
		t.Run(fmt.Sprintf("seed %d from %d to %d", seed, from, to), func(t *testing.T) {
			c := newTroubled(t, sandbox.Config{Seed: seed, Conversations: conversations})
			in := c.window(from, to)
			got, want := renderedSums(t, in), sums{}
			account := world.NewAccount(seed, sandboxtest.AccountID, conversations)
			for c := range account.Conversations(sandboxtest.Now.UnixMilli()) {
				if end := c.Facts.ConversationEnd; !c.Facts.Closed || end < from || end >= to {
					continue
				}
				transfers, assignments, assigned := c.Moves()
				want.messages += int64(c.Messages())
				want.transfers, want.assignments, want.assignedMS = want.transfers+transfers, want.assignments+assignments, want.assignedMS+assigned
			}
			require.Equal(t, want, got)
			stays += requireStays(t, account, in, from, to)
			if i%3 == 0 {
				measured += c.requireHandleTimes(account, in, from, to)
			}
			all.counted = all.counted.plus(c.requireIntervals(account, from, to))
			all.messages, all.transfers = all.messages+got.messages, all.transfers+got.transfers
			for _, f := range c.Faults() {
				hits += f.Hits
			}
		})
	}
	require.Positive(t, all.messages)
	require.Positive(t, all.transfers)
	require.Positive(t, stays)
	require.Positive(t, measured)
	require.Positive(t, min(all.counted.closed, all.counted.assigned, all.counted.written, all.counted.rated, all.counted.loggedIn))
	require.Greater(t, hits, accounts*5, "calls that went wrong")
}

// statusLead is how much further back agents' states are read.
const statusLead = 26 * time.Hour

// window reads what the reports need.
func (c troubled) window(from, to int64) memory {
	in := memory{}
	c.read(in, liveperson.Interactions, from, to, map[string]any{"time_basis": "end", "status": []string{"CLOSE"}, "content": []string{
		"messageRecords", "agentParticipants", "consumerParticipants", "transfers", "interactions", "dialogs", "summary", "sdes", "conversationSurveys",
	}})
	c.read(in, liveperson.AgentActivity, from-statusLead.Milliseconds(), to, nil)
	for resource := range configurationLists {
		c.read(in, resource, from, to, nil)
	}
	return in
}

// requireStays compares the stays in a status that end in the window, and returns their number.
// The first of a session begins with the login, a moment before the status is set.
func requireStays(t *testing.T, account *world.Account, in memory, from, to int64) int {
	t.Helper()
	job := newJob(t, "agent.status_segments", FormatJSONL, map[string]any{"column_set": []string{"duration_ms"}})
	job.From, job.To = from, to
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	var got, want [2]int64 // stays, and their milliseconds
	for _, row := range rowsOf(t, out.bodies[0]) {
		got[0], got[1] = got[0]+1, got[1]+int64(row["duration_ms"].(float64))
	}
	type session struct {
		agent int
		login int64
	}
	seen := map[session]bool{}
	for _, s := range account.Stints(from-statusLead.Milliseconds(), to, sandboxtest.Now.UnixMilli()) {
		of := session{s.Agent, s.Login}
		begin := s.From
		if !seen[of] {
			begin, seen[of] = s.Login, true
		}
		if s.To >= from && s.To < to {
			want[0], want[1] = want[0]+1, want[1]+s.To-begin
		}
	}
	require.Equal(t, want, got)
	return int(got[0])
}

// requireHandleTimes reads what the source knows of segments up to the end of the window, and
// compares what assignments of conversations that ended in it have of that. It returns the sum.
func (c troubled) requireHandleTimes(account *world.Account, in memory, from, to int64) (want int64) {
	c.t.Helper()
	now := sandboxtest.Now.UnixMilli()
	since := now - 29*24*time.Hour.Milliseconds()
	c.read(in, liveperson.HandleTime, since, to, nil)
	ended := map[string]bool{}
	for c := range account.Conversations(now) {
		ended[c.ID()] = c.Facts.Closed && c.Facts.ConversationEnd >= from && c.Facts.ConversationEnd < to
	}
	for _, s := range account.AgentSegments(since, to, now) {
		if ended[s.Conversation] {
			want += s.Handle
		}
	}
	job := newJob(c.t, "msg.assignments", FormatJSONL, map[string]any{"handle_time": true, "column_set": []string{"handle_time_ms"}})
	job.Also = []string{liveperson.HandleTime}
	out, res := render(c.t, job, in)
	require.Empty(c.t, res.Quarantined)
	var got int64
	for _, row := range rowsOf(c.t, out.bodies[0]) {
		if took, ok := row["handle_time_ms"].(float64); ok {
			got += int64(took)
		}
	}
	require.Equal(c.t, want, got)
	return want
}

// troubled is a client of a sandbox with faults. Its clock moves when it waits.
type troubled struct {
	*sandboxtest.Running
	t      *testing.T
	client *liveperson.Client
}

func newTroubled(t *testing.T, config sandbox.Config) troubled {
	t.Helper()
	var mu sync.Mutex
	at := time.Now()
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return at
	}
	config.RealNow = clock
	c := troubled{Running: sandboxtest.Start(t, config), t: t}
	roots := c.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs
	key := sandboxtest.Key
	var err error
	c.client, err = liveperson.New(liveperson.Config{
		PlatformAccount: sandboxtest.AccountID, DomainURL: c.DomainURL, Now: clock,
		Credentials: liveperson.Credentials{OAuth1: &liveperson.APIKey{
			ConsumerKey: seal.Secret(key.Consumer), ConsumerSecret: seal.Secret(key.ConsumerSecret), Token: seal.Secret(key.Token), TokenSecret: seal.Secret(key.TokenSecret),
		}},
		HTTP: guard.New(guard.Config{Allow: []string{c.Host, strings.TrimPrefix(c.DomainURL, "http://")}}).Client(roots),
		Sleep: func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			at = at.Add(max(d, 0))
			return ctx.Err()
		},
	})
	require.NoError(t, err)
	require.NoError(t, c.SetFaults(trouble...))
	return c
}

// read adds what the source has to the memory, trying again as a run does: what is there of an
// earlier try is not read again.
func (c troubled) read(in memory, resource string, from, to int64, params map[string]any) {
	c.t.Helper()
	const tries = 20
	sink := &collector{in: in, resource: resource, done: map[string]bool{}}
	q := source.Query{Resource: resource, From: from, To: to, Now: sandboxtest.Now.UnixMilli(), Params: paramsOf(c.t, params)}
	for try := 1; ; try++ {
		err := c.client.Fetch(c.t.Context(), q, sink)
		if err == nil {
			in.sort(resource)
			return
		}
		require.Less(c.t, try, tries, "%s: %v", resource, err)
		require.False(c.t, fault.Is(err, fault.InvalidSpec), "%v", err)
	}
}

// collector is a source.Sink that adds what was committed to the memory.
type collector struct {
	mu       sync.Mutex
	in       memory
	resource string
	slices   []source.Slice
	done     map[string]bool
}

func (c *collector) Done(_ context.Context, s source.Slice) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done[s.Key], nil
}

func (c *collector) Plan(_ context.Context, slices []source.Slice) error {
	c.slices = slices
	return nil
}

func (c *collector) Planned(context.Context) ([]source.Slice, error) { return c.slices, nil }

func (c *collector) Begin(_ context.Context, s source.Slice) (source.SliceWriter, error) {
	return &collected{of: c, key: s.Key, records: map[string]source.Record{}}, nil
}

// collected keeps the last record of each id, as staging does.
type collected struct {
	of      *collector
	key     string
	records map[string]source.Record
}

func (w *collected) Add(_ context.Context, r source.Record) error {
	r.Raw = bytes.Clone(r.Raw)
	w.records[r.ID] = r
	return nil
}

func (w *collected) Commit(context.Context, source.Counts) error {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.of.done[w.key] = true
	for _, r := range w.records {
		w.of.in[w.of.resource] = append(w.of.in[w.of.resource], r)
	}
	return nil
}

func (w *collected) Abort() {}
