package guard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/linetest"
)

// The time that an answer may take begins when the request has left, not when the system has
// taken it in.
func TestAnswersAreWaitedFor(t *testing.T) {
	t.Parallel()
	const silence = 2 * time.Second
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/never" {
			<-r.Context().Done()
		} else if err == nil {
			fmt.Fprint(w, n)
		}
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	line := linetest.New(t, at.Host, 1)
	client := New(Config{Allow: []string{line.Address()}}).Client(nil)
	client.Transport.(*patient).silence = silence
	post := func(ctx context.Context, path string, size int) (string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+line.Address()+path, bytes.NewReader(make([]byte, size)))
		require.NoError(t, err)
		res, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		return string(got), err
	}

	line.Set(linetest.Faults{Rate: 200_000})
	began := time.Now()
	n, err := post(t.Context(), "/", 1_000_000)
	require.NoError(t, err)
	require.Equal(t, "1000000", n)
	require.Greater(t, time.Since(began), 2*silence, "control: the line is slow")
	client.CloseIdleConnections()

	line.Set(linetest.Faults{})
	began = time.Now()
	_, err = post(t.Context(), "/never", 100)
	require.ErrorIs(t, err, errSilent)
	require.NotErrorIs(t, err, context.Canceled)
	require.GreaterOrEqual(t, time.Since(began), silence)

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(silence/10, cancel)
	_, err = post(ctx, "/never", 100)
	require.ErrorIs(t, err, context.Canceled)
}
