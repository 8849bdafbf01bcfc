package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// A start in the past is backfilled by the creation of the task itself; every window is
// delivered once, they tile, and their rows are the world's. Asked for again, nothing runs;
// while it is paused nothing starts.
func TestBackfillOfAStartInThePast(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	b := s.brand(t)
	w := s.before(0, 6*time.Hour)
	id := b.task(t, quarterHours(b, w))

	first := b.backfill(t, id, "entry-1")
	require.Equal(t, 24, first.Total)
	require.Equal(t, 24, first.Delivered+first.Empty, "%+v", first)
	c := b.covered(t, id)
	require.True(t, c.Complete, "%+v", c.Summary)
	require.Equal(t, 24, c.Summary.Windows)
	require.Equal(t, int64(len(s.world(t, byEnd, w).conversations())), c.Summary.Rows)

	var again httpapi.BackfillView
	b.call(t, http.MethodPost, "tasks/"+id+"/backfills", httpapi.BackfillRequest{}, &again)
	again = b.backfill(t, id, again.ID)
	require.Equal(t, 24, again.Skipped, "%+v", again)

	revised := httpapi.BackfillRequest{Mode: "again", Concurrency: 2, Reason: "a test"}
	b.call(t, http.MethodPost, "tasks/"+id+"/backfills", revised, &again)
	b.call(t, http.MethodPost, "tasks/"+id+"/backfills/"+again.ID+"/pause", nil, nil)
	eventually(t, "the backfill is paused", func() bool { return b.progress(t, id, again.ID).State == "paused" })
	b.call(t, http.MethodPost, "tasks/"+id+"/backfills/"+again.ID+"/resume", nil, nil)
	again = b.backfill(t, id, again.ID)
	require.Equal(t, 24, again.Delivered+again.Empty, "%+v", again)
	for _, line := range b.covered(t, id).Windows {
		require.Equal(t, 1, line.Revision)
	}
}

// quarterHours is a task of the windows of a period of the past, to the cloud store.
func quarterHours(b *brand, w httpapi.WindowView) task.Spec {
	s := spec("msg.conversations", "jsonl")
	s.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(15 * time.Minute)}
	s.Start, s.End, s.Delay = &w.From, &w.To, new(task.Duration)
	s.Destinations = b.legs("quarters")[:1]
	return s
}

// backfill waits for the end of a backfill.
func (b *brand) backfill(t *testing.T, taskID, id string) (p httpapi.BackfillView) {
	t.Helper()
	eventually(t, "backfill "+id+" ends", func() bool {
		p = b.progress(t, taskID, id)
		return !p.Ended.IsZero()
	})
	return p
}

func (b *brand) progress(t *testing.T, taskID, id string) (p httpapi.BackfillView) {
	t.Helper()
	b.call(t, http.MethodGet, "tasks/"+taskID+"/backfills/"+id, nil, &p)
	return p
}

// call sends a request below the brand's account, which must succeed.
func (b *brand) call(t *testing.T, method, path string, body, out any) {
	t.Helper()
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		send = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.APIURL()+"/v1/accounts/"+b.account+"/"+path, send)
	require.NoError(t, err)
	token, err := b.Token()
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Less(t, res.StatusCode, http.StatusBadRequest, "%s %s: %s", method, path, text)
	if out != nil {
		require.NoError(t, json.Unmarshal(text, out))
	}
}
