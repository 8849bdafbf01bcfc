package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeLetsOpenRequestsEnd asks, stops the server while the answer is not there, and
// still gets it.
func TestServeLetsOpenRequestsEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	asked, answer := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(asked)
			<-answer
		}
		_, _ = io.WriteString(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, slog.New(slog.DiscardHandler), "test", address, handler) }()
	get := func(path string) (string, error) {
		res, err := http.Get("http://" + address + path)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	require.Eventually(t, func() bool { _, err := get("/"); return err == nil }, 2*time.Minute, 5*time.Millisecond)
	type reply struct {
		body string
		err  error
	}
	slow := make(chan reply, 1)
	go func() { body, err := get("/slow"); slow <- reply{body, err} }()
	<-asked
	stop()
	require.Eventually(t, func() bool { _, err := net.Dial("tcp", address); return err != nil }, 2*time.Minute, 5*time.Millisecond)
	close(answer)
	require.Equal(t, reply{"done", nil}, <-slow)
	require.NoError(t, <-ended)
}

func TestServeSaysWhatIsWrongWithTheAddress(t *testing.T) {
	err := serve(t.Context(), slog.New(slog.DiscardHandler), "api", "127.0.0.1:notaport", nil)
	require.ErrorContains(t, err, "serve api")
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:5": true, "[::1]:5": true, "10.0.0.1:5": false, "": false} {
		require.Equal(t, want, loopback(&http.Request{RemoteAddr: address}, ""), address)
	}
}
