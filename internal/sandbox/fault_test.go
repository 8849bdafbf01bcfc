package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// dayBody is a query of about a hundred conversations, all of them over.
func dayBody() string {
	from := sandboxtest.Now.Add(-100 * time.Hour)
	return startBody(from, from.Add(24*time.Hour), infoOnly)
}

func TestFaultsThatAnswerInstead(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	three := 3
	for _, c := range []struct {
		fault      sandbox.Fault
		status     int
		retryAfter string
		body       string
	}{
		{sandbox.Fault{Kind: sandbox.TooManyRequests}, 429, "", "debugMessage"},
		{sandbox.Fault{Kind: sandbox.TooManyRequests, RetryAfter: &three}, 429, "3", "debugMessage"},
		{sandbox.Fault{Kind: sandbox.ServerError}, 500, "", `"internalCode":"0007"`},
		{sandbox.Fault{Kind: sandbox.Unavailable}, 503, "", "debugMessage"},
		{sandbox.Fault{Kind: sandbox.Unavailable, RetryAfter: &three}, 503, "3", "debugMessage"},
		{sandbox.Fault{Kind: sandbox.Unauthorized}, 401, "", "token_rejected"},
		{sandbox.Fault{Kind: sandbox.Forbidden}, 403, "", "permission"},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, c.retryAfter), func(t *testing.T) {
			c.fault.Path = searchPath
			require.NoError(t, r.SetFaults(c.fault))
			a := do(t, r, "POST", r.URL+searchPath+"?source=t", dayBody(), good)
			require.Equal(t, c.status, a.status)
			require.Equal(t, c.retryAfter, a.header.Get("Retry-After"))
			require.Contains(t, string(a.body), c.body)
			require.Equal(t, 200, do(t, r, "POST", r.URL+searchPath+"?source=t", dayBody(), good).status, "once")
		})
	}
}

func TestFaultSchedules(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		want  []int
	}{
		{"once by default", sandbox.Fault{}, []int{500, 200, 200, 200, 200, 200}},
		{"times", sandbox.Fault{Times: 2}, []int{500, 500, 200, 200, 200, 200}},
		{"after", sandbox.Fault{After: 3}, []int{200, 200, 200, 500, 200, 200}},
		{"every", sandbox.Fault{Every: 2}, []int{200, 500, 200, 500, 200, 500}},
		{"every, twice at most", sandbox.Fault{Every: 2, Times: 2}, []int{200, 500, 200, 500, 200, 200}},
		{"forever", sandbox.Fault{Forever: true, After: 1}, []int{200, 500, 500, 500, 500, 500}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Path, c.fault.Kind = "/api/account/", sandbox.ServerError
			require.NoError(t, r.SetFaults(c.fault))
			var got []int
			for range c.want {
				require.Equal(t, 200, do(t, r, "POST", r.URL+searchPath+"?source=t", dayBody(), good).status, "another path")
				got = append(got, do(t, r, "GET", r.URL+usersPath+"?v=4.0", "", good).status)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, len(c.want), r.Faults()[0].Calls)
		})
	}
}

func TestBodiesThatAreCutOrSlow(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	require.NoError(t, r.SetFaults(sandbox.Fault{Path: searchPath, Kind: sandbox.CutBody}))
	a, err := try(r, "POST", r.URL+searchPath+"?source=t", dayBody(), good)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, 200, a.status)
	require.NotEmpty(t, a.body, "the middle of the body was reached")
	require.NoError(t, r.SetFaults(sandbox.Fault{Path: searchPath, Kind: sandbox.SlowBody, DelayMS: 200}))
	begun := time.Now()
	a, err = try(r, "POST", r.URL+searchPath+"?source=t", dayBody(), good)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(begun), 200*time.Millisecond)
	require.NotEmpty(t, decode(t, a.body).Records)
}

// pagesOf reads two pages of fifty and returns their ids and counts.
func pagesOf(t *testing.T, r *sandboxtest.Running) (pages [2][]string, counts [2]int) {
	t.Helper()
	for i := range pages {
		res := search(t, r, fmt.Sprintf("sort=start:asc&limit=50&offset=%d", i*50), dayBody())
		counts[i] = res.Metadata.Count
		for _, c := range res.Records {
			pages[i] = append(pages[i], c.Info.ConversationID)
		}
	}
	return pages, counts
}

func TestSpoiltPages(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	good, counts := pagesOf(t, r)
	require.Len(t, good[0], 50)
	require.Len(t, good[1], 50)
	n := counts[0]
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		check func(t *testing.T, pages [2][]string, counts [2]int)
	}{
		{"count drift spares the first page", sandbox.Fault{Kind: sandbox.CountDrift, Rows: 3}, func(t *testing.T, pages [2][]string, counts [2]int) {
			require.Equal(t, [2]int{n, n + 3}, counts)
			require.Equal(t, good, pages)
		}},
		{"lasting count mismatch", sandbox.Fault{Kind: sandbox.CountMismatch, Forever: true}, func(t *testing.T, pages [2][]string, counts [2]int) {
			require.Equal(t, [2]int{n + 1, n + 1}, counts)
			require.Equal(t, good, pages)
		}},
		{"duplicate rows come in addition", sandbox.Fault{Kind: sandbox.DuplicateRows, Forever: true, Rows: 2}, func(t *testing.T, pages [2][]string, counts [2]int) {
			require.Equal(t, [2]int{n, n}, counts)
			require.Len(t, pages[0], 52)
			require.Len(t, pages[1], 53)
			require.Equal(t, good[0][49], pages[1][0], "the page before's last row")
			for i := range pages {
				slices.Sort(pages[i])
				want := slices.Clone(good[i])
				if i == 1 {
					want = append(want, good[0][49])
				}
				slices.Sort(want)
				require.Equal(t, want, slices.Compact(slices.Clone(pages[i])))
			}
		}},
		{"one missing row, once", sandbox.Fault{Kind: sandbox.MissingRows}, func(t *testing.T, pages [2][]string, counts [2]int) {
			require.Equal(t, [2]int{n, n}, counts)
			require.Len(t, pages[0], 49)
			require.Subset(t, good[0], pages[0])
			require.Equal(t, good[1], pages[1])
		}},
		{"missing rows for good", sandbox.Fault{Kind: sandbox.MissingRows, Forever: true, Rows: 5}, func(t *testing.T, pages [2][]string, counts [2]int) {
			require.Equal(t, [2]int{n, n}, counts)
			require.Len(t, pages[0], 45)
			require.Len(t, pages[1], 45)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Path = searchPath
			require.NoError(t, r.SetFaults(c.fault))
			pages, counts := pagesOf(t, r)
			c.check(t, pages, counts)
			require.NoError(t, r.SetFaults(c.fault))
			again, _ := pagesOf(t, r)
			for i := range again {
				slices.Sort(again[i])
				slices.Sort(pages[i])
			}
			require.Equal(t, pages, again, "the same seed spoils the same rows")
			require.NoError(t, r.SetFaults())
			clean, _ := pagesOf(t, r)
			require.Equal(t, good, clean)
		})
	}
}

func TestPartialAnswers(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	require.NoError(t, r.SetFaults(sandbox.Fault{Path: searchPath, Kind: sandbox.PartialResult}))
	res := search(t, r, "sort=start:asc", dayBody())
	require.True(t, res.Metadata.Shards.PartialResult)
	require.Len(t, res.Records, 49)
	res = search(t, r, "sort=start:asc", dayBody())
	require.False(t, res.Metadata.Shards.PartialResult)
	require.Len(t, res.Records, 50)

	require.NoError(t, r.SetFaults(sandbox.Fault{Path: searchPath, Kind: sandbox.PartialRecord, Forever: true}))
	from := sandboxtest.Now.Add(-100 * time.Hour)
	cut := search(t, r, "sort=start:asc", startBody(from, from.Add(24*time.Hour), "")).Records
	require.True(t, cut[0].Info.IsPartial)
	require.False(t, cut[1].Info.IsPartial)
	a := do(t, r, http.MethodPost, r.URL+byIDPath+"?source=t", `{"conversationId":"`+cut[0].Info.ConversationID+`"}`, good)
	whole := decode(t, a.body).Records[0]
	require.False(t, whole.Info.IsPartial)
	require.Greater(t, len(whole.MessageRecords), len(cut[0].MessageRecords))
}
