package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const infoOnly = `,"contentToRetrieve":[]`

const tenMinutes = int64(10 * time.Minute / time.Millisecond)

func down(t int64) int64 { return t / tenMinutes * tenMinutes }
func up(t int64) int64   { return down(t + tenMinutes - 1) }

// allPages reads a query to its end and returns the ids in order.
func allPages(t testing.TB, r *sandboxtest.Running, limit int, sort, body string) []string {
	t.Helper()
	var got []string
	for offset := 0; ; offset += limit {
		res := search(t, r, fmt.Sprintf("limit=%d&offset=%d&sort=%s", limit, offset, sort), body)
		for _, c := range res.Records {
			got = append(got, c.Info.ConversationID)
		}
		require.Equal(t, offset+limit < res.Metadata.Count, res.Metadata.Next != nil, "next is there until the last page")
		if res.Metadata.Next == nil {
			require.Len(t, got, res.Metadata.Count)
			return got
		}
	}
}

// TestPagesAreTheTruth: paging any query to its end gives exactly the conversations that
// the world holds, each once, in the order asked.
func TestPagesAreTheTruth(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 3, Conversations: 60_000})
	now := ms(sandboxtest.Now)
	all, err := r.World().Conversations(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: 0, To: now + 1})
	require.NoError(t, err)
	truth := slices.Collect(all)
	require.Greater(t, len(truth), 50_000)
	rapid.Check(t, func(rt *rapid.T) {
		back := rapid.Int64Range(0, 380*24*3600_000).Draw(rt, "back")
		length := rapid.Int64Range(0, 5*3600_000).Draw(rt, "length")
		from, to := now-back, min(now-back+length, now)
		filter := rapid.SampledFrom([]string{"start", "end", "fullDialogEndTime"}).Draw(rt, "filter")
		status := rapid.SampledFrom([]string{"", "OPEN", "CLOSE"}).Draw(rt, "status")
		sort := rapid.SampledFrom([]string{"start:asc", "start:desc", "end:asc", "end:desc", ""}).Draw(rt, "sort")
		limit := rapid.SampledFrom([]int{7, 50, 100}).Draw(rt, "limit")
		startFrom, startTo := from, to
		body := infoOnly
		if filter != "start" {
			startFrom = max(from-rapid.Int64Range(0, 80*24*3600_000).Draw(rt, "reach"), 0)
			body += fmt.Sprintf(`,"%s":{"from":%d,"to":%d}`, filter, from, to)
		}
		if status != "" {
			body += `,"status":["` + status + `"]`
		}
		var want []sandbox.Conversation
		for _, c := range truth {
			at := map[string]int64{"start": c.Start, "end": c.End, "fullDialogEndTime": c.FullDialogEnd}[filter]
			if c.Start >= down(startFrom) && c.Start <= up(startTo) && at >= down(from) && at <= up(to) && (status == "" || c.Status == status) {
				want = append(want, c)
			}
		}
		switch sort {
		case "start:desc", "":
			slices.Reverse(want)
		case "end:asc":
			slices.SortStableFunc(want, func(a, b sandbox.Conversation) int { return int(a.End - b.End) })
		case "end:desc":
			slices.SortStableFunc(want, func(a, b sandbox.Conversation) int { return int(b.End - a.End) })
		}
		var ids []string
		for _, c := range want {
			ids = append(ids, c.ID)
		}
		require.Equal(rt, ids, allPages(t, r, limit, sort, fmt.Sprintf(`{"start":{"from":%d,"to":%d}%s}`, startFrom, startTo, body)))
	})
}

func TestTimesAreRoundedOutwardsAndInclusive(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 2, Conversations: 400_000})
	from := sandboxtest.Now.Add(-26*time.Hour + 3*time.Minute)
	to := from.Add(5 * time.Minute)
	got := allPages(t, r, 100, "start:asc", startBody(from, to, infoOnly))
	n, _, err := r.World().Totals(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: down(ms(from)), To: up(ms(to)) + 1})
	require.NoError(t, err)
	exact, _, err := r.World().Totals(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: ms(from), To: ms(to)})
	require.NoError(t, err)
	require.Len(t, got, n)
	require.Less(t, exact, n, "the answer holds more than was asked for")
}

func TestBothBoundsAreInclusive(t *testing.T) {
	// In a recorded answer a start can be put exactly on the edge.
	r := sandboxtest.Start(t, sandbox.Config{
		Records: recordsAt(t, 1_700_000_400_000, 1_700_001_000_000, 1_700_001_000_001),
		Now:     func() time.Time { return time.UnixMilli(1_700_002_000_000) },
	})
	res := search(t, r, "sort=start:asc", `{"start":{"from":1700000400000,"to":1700001000000}}`)
	require.Equal(t, 2, res.Metadata.Count)
}

func TestPagingLinks(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 100_000})
	from := sandboxtest.Now.Add(-48 * time.Hour)
	body := startBody(from, from.Add(12*time.Hour), infoOnly)
	first := search(t, r, "limit=10&sort=start:asc", body)
	self, err := url.Parse(first.Metadata.Self.Href)
	require.NoError(t, err)
	require.Equal(t, "http", self.Scheme)
	require.NotEqual(t, r.Host, self.Host)
	require.Equal(t, searchPath, self.Path)
	last, err := url.Parse(first.Metadata.Last.Href)
	require.NoError(t, err)
	offset, err := strconv.Atoi(last.Query().Get("offset"))
	require.NoError(t, err)
	require.Equal(t, (first.Metadata.Count-1)/10*10, offset)
	end := search(t, r, fmt.Sprintf("limit=10&sort=start:asc&offset=%d", offset), body)
	require.Nil(t, end.Metadata.Next)
	require.Equal(t, first.Metadata.Count-offset, len(end.Records))
	beyond := search(t, r, fmt.Sprintf("limit=10&offset=%d", first.Metadata.Count+50), body)
	require.Empty(t, beyond.Records)
	require.Equal(t, first.Metadata.Count, beyond.Metadata.Count)
	require.Len(t, search(t, r, "", body).Records, 50, "the default limit")
}

func TestNothingIsKeptBeyondRetention(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 400_000})
	oldest := sandboxtest.Now.AddDate(0, -13, 0)
	res := search(t, r, "sort=start:asc&limit=1", startBody(oldest.AddDate(0, -1, 0), oldest.Add(6*time.Hour), infoOnly))
	require.Positive(t, res.Metadata.Count)
	require.GreaterOrEqual(t, res.Records[0].Info.StartTimeL, ms(oldest))
	gone := search(t, r, "", startBody(oldest.AddDate(0, -2, 0), oldest.AddDate(0, -1, 0), infoOnly))
	require.Zero(t, gone.Metadata.Count)
	require.NotNil(t, gone.Records, "no match is 200 with an empty list")
}

// TestNewConversationsShowWithinAMinute moves the clock over one start.
func TestNewConversationsShowWithinAMinute(t *testing.T) {
	clock := sandboxtest.Now
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 1_000_000, Now: func() time.Time { return clock }})
	later := clock.Add(time.Hour)
	clock = later
	all, err := r.World().Conversations(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: ms(later.Add(-30 * time.Minute)), To: ms(later.Add(-20 * time.Minute))})
	require.NoError(t, err)
	hidden := 0
	for c := range all {
		start := time.UnixMilli(c.Start)
		seen := func(at time.Time) bool {
			clock = at
			return slices.Contains(allPages(t, r, 100, "start:asc", startBody(start.Add(-time.Minute), at, infoOnly)), c.ID)
		}
		require.False(t, seen(start.Add(-time.Millisecond)))
		if !seen(start) {
			hidden++
		}
		require.True(t, seen(start.Add(time.Minute)))
		if clock = later; hidden >= 3 {
			break
		}
	}
	require.Positive(t, hidden, "some are not seen at once")
}

func TestWorldsAreDeterministic(t *testing.T) {
	from := sandboxtest.Now.Add(-30 * time.Hour)
	body := startBody(from, from.Add(20*time.Hour), "")
	read := func(seed int64, account string) string {
		r := sandboxtest.Start(t, sandbox.Config{Seed: seed, Conversations: 50_000, Accounts: []sandbox.Account{{ID: account, Keys: []sandbox.Key{{Key: sandboxtest.Key}}}}})
		path := strings.Replace(searchPath, sandboxtest.AccountID, account, 1)
		a := do(t, r, "POST", r.URL+path+"?source=t&limit=100&sort=start:asc&v=2", body, good)
		require.Equal(t, 200, a.status)
		return strings.ReplaceAll(string(a.body), account, "")
	}
	once := read(5, "a1")
	require.Equal(t, once, read(5, "a1"))
	require.NotEqual(t, once, read(6, "a1"))
	require.NotEqual(t, once, read(5, "a2"))
}
