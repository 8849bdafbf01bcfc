package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// oneAccount knows the account acme, as long as a worker answers.
type oneAccount struct {
	httpapi.Accounts
	silent error
}

func (a oneAccount) Snapshot(_ context.Context, id string) (account.Snapshot, error) {
	if a.silent != nil {
		return account.Snapshot{}, a.silent
	}
	if id != seedAccount {
		return account.Snapshot{}, fault.New(fault.NotFound, "no such account")
	}
	return account.Snapshot{ID: id, Created: true}, nil
}

const seedAccount = "01JD3Z9QK8V6C3N5T7W9Y1B3D5"

var talk = contract.ConversationRef{Account: seedAccount, Conversation: "5491244f-e462"}

// counted counts how the store is asked.
type counted struct {
	store.Store
	lists, opens atomic.Int64
}

func (c *counted) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	c.lists.Add(1)
	return c.Store.List(ctx, prefix)
}

func (c *counted) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	c.opens.Add(1)
	return c.Store.Open(ctx, key, offset)
}

// streaming is an API that knows nothing but journals; stop ends its streams.
func streaming(t *testing.T) (url string, j *journal.Journal, stop func()) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	return streamingFrom(t, st, oneAccount{})
}

func streamingFrom(t *testing.T, st store.Store, accounts httpapi.Accounts) (url string, j *journal.Journal, stop func()) {
	ring, err := seal.GenerateRing("records")
	require.NoError(t, err)
	j = journal.New(st, seal.NewBox(ring))
	stopping := make(chan struct{})
	server := httptest.NewServer(httpapi.New(httpapi.Config{
		Accounts: accounts, Journal: j, Stopping: stopping, Token: httpapi.NewToken(token), Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Version: "test",
	}))
	t.Cleanup(server.Close)
	return server.URL, j, func() { close(stopping) }
}

func said(position int64, n int) (out []conversation.Entry) {
	for i := range n {
		body, _ := json.Marshal(map[string]string{"message": fmt.Sprint("number ", position+int64(i), "\nsecond line")})
		out = append(out, conversation.Entry{Position: position + int64(i), At: 1, Event: &conversation.Event{
			Kind: conversation.Content, Dialog: "d", Sequence: int(position) + i, Body: body,
		}})
	}
	return out
}

// listen reads events of a stream: their ids, after checking that each says what it should. rest
// reads to the end.
func listen(t *testing.T, url, last string) (next func() string, rest func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/accounts/"+seedAccount+"/conversations/"+talk.Conversation+"/events", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	next = func() string {
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				require.True(t, lines.Scan())
				require.Equal(t, "event: content", lines.Text())
				require.True(t, lines.Scan())
				require.Contains(t, lines.Text(), `"message":"number `+id+`\nsecond line"`)
				return id
			}
		}
		t.Fatal("the stream ended: ", lines.Err())
		return ""
	}
	rest = func() error {
		for lines.Scan() {
		}
		return lines.Err()
	}
	return next, rest
}

func TestEventsFollowTheJournalAndGoOnWhereACallerWas(t *testing.T) {
	url, j, stop := streaming(t)
	_, err := j.Append(t.Context(), talk, said(0, 3))
	require.NoError(t, err)
	next, rest := listen(t, url, "")
	for _, want := range []string{"0", "1", "2"} {
		require.Equal(t, want, next())
	}
	_, err = j.Append(t.Context(), talk, said(3, 2)) // while it listens
	require.NoError(t, err)
	require.Equal(t, "3", next())
	require.Equal(t, "4", next())

	again, _ := listen(t, url, "1") // in the middle of a batch
	for _, want := range []string{"2", "3", "4"} {
		require.Equal(t, want, again())
	}
	stop()
	require.NoError(t, rest(), "a server that stops ends its streams")
}

// Whoever waits at the end of a journal lists it once at most, however long.
func TestEventsThatWaitListNothing(t *testing.T) {
	file, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	st := &counted{Store: file}
	url, j, _ := streamingFrom(t, st, oneAccount{})
	_, err = j.Append(t.Context(), talk, said(0, 3))
	require.NoError(t, err)
	fresh, _ := listen(t, url, "")
	again, _ := listen(t, url, "2") // it has seen all
	for _, want := range []string{"0", "1", "2"} {
		require.Equal(t, want, fresh())
	}
	looked := st.opens.Load()
	require.Eventually(t, func() bool { return st.opens.Load() >= looked+10 }, 2*time.Minute, 10*time.Millisecond, "both look on")
	require.LessOrEqual(t, st.lists.Load(), int64(1))
	_, err = j.Append(t.Context(), talk, said(3, 2))
	require.NoError(t, err)
	for _, want := range []string{"3", "4"} {
		require.Equal(t, want, fresh())
		require.Equal(t, want, again())
	}
}

// Resuming needs no worker: a browser that is refused does not connect again.
func TestEventsWithoutAWorker(t *testing.T) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	url, j, _ := streamingFrom(t, st, oneAccount{silent: fault.New(fault.Upstream, "no worker")})
	ask := url + "/v1/accounts/" + seedAccount + "/conversations/" + talk.Conversation + "/events"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ask, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode, "nothing says that there is such a conversation")

	_, err = j.Append(t.Context(), talk, said(0, 3))
	require.NoError(t, err)
	next, _ := listen(t, url, "1")
	require.Equal(t, "2", next())
}

func TestEventsRefuse(t *testing.T) {
	url, _, _ := streaming(t)
	for name, tc := range map[string]struct {
		account, last, query, token string
		status                      int
		says                        string
	}{
		"no token":        {seedAccount, "", "", "", http.StatusUnauthorized, "Authorization"},
		"unknown account": {"01JD3Z9QK8V6C3N5T7W9Y1B3D6", "", "", token, http.StatusNotFound, "account"},
		"bad id":          {seedAccount, "x", "", token, http.StatusUnprocessableEntity, "Last-Event-ID"},
		"bad position":    {seedAccount, "", "?from=-1", token, http.StatusUnprocessableEntity, "query.from"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/accounts/"+tc.account+"/conversations/c/events"+tc.query, nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+tc.token)
			req.Header.Set("Last-Event-ID", tc.last)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, tc.status, res.StatusCode)
			var p httpapi.Problem
			require.NoError(t, json.NewDecoder(res.Body).Decode(&p))
			require.Contains(t, p.Detail, tc.says)
		})
	}
}

// A request that ends does not wait on.
func TestPauseEndsWithTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	require.True(t, httpapi.Pause(ctx, time.Millisecond))
	cancel()
	began := time.Now()
	require.False(t, httpapi.Pause(ctx, time.Hour))
	require.Less(t, time.Since(began), time.Minute)
}
