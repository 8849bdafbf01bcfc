package linetest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/linetest"
)

// echo answers every connection with what it sends, and says so when one has ended.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// there sends the bytes over the line and returns what comes back, and how long it took.
func there(l *linetest.Line, sent []byte) (back []byte, took time.Duration, err error) {
	began := time.Now()
	conn, err := l.Dial(context.Background(), "tcp", "anywhere")
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Write(sent)
		failed <- errors.Join(err, conn.(*net.TCPConn).CloseWrite())
	}()
	back, err = io.ReadAll(conn)
	return back, time.Since(began), errors.Join(err, <-failed)
}

func TestLine(t *testing.T) {
	t.Parallel()
	content := make([]byte, 300<<10)
	for i := range content {
		content[i] = byte(i * 7)
	}
	l := linetest.New(t, echo(t), 1)
	back, _, err := there(l, content)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, back))
	require.Equal(t, linetest.Count{Sent: int64(len(content)), Received: int64(len(content)), Connections: 1}, l.Count())

	l.Flip()
	back, _, err = there(l, content)
	require.NoError(t, err)
	require.Equal(t, 1, differences(content, back))

	l.Set(linetest.Faults{Latency: 100 * time.Millisecond})
	_, took, err := there(l, content)
	require.NoError(t, err)
	require.GreaterOrEqual(t, took, 200*time.Millisecond)

	l.Set(linetest.Faults{Rate: 100 << 10})
	_, took, err = there(l, content[:50<<10])
	require.NoError(t, err)
	require.GreaterOrEqual(t, took, 450*time.Millisecond)
}

func differences(a, b []byte) (n int) {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestLineThatResets(t *testing.T) {
	t.Parallel()
	l := linetest.New(t, echo(t), 1)
	l.Set(linetest.Faults{Reset: func(*rand.Rand) int64 { return 1000 }})
	_, _, err := there(l, make([]byte, 100<<10))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Equal(t, 1, l.Count().Resets)
	l.Set(linetest.Faults{})
	_, _, err = there(l, make([]byte, 100<<10))
	require.NoError(t, err)

	l.ResetAt(l.Count().Sent + 50<<10)
	_, _, err = there(l, make([]byte, 100<<10))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, _, err = there(l, make([]byte, 100<<10))
	require.NoError(t, err)

	conn, err := l.Dial(t.Context(), "tcp", "anywhere")
	require.NoError(t, err)
	defer conn.Close()
	require.Eventually(t, func() bool { return l.Count().Connections == 5 }, 2*time.Minute, time.Millisecond)
	l.Cut()
	_, err = io.ReadAll(conn)
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestLineThatRefuses(t *testing.T) {
	t.Parallel()
	l := linetest.New(t, echo(t), 1)
	l.Set(linetest.Faults{Refuse: 0.3})
	refused, well := 0, 0
	for deadline := time.Now().Add(30 * time.Second); refused < 5 || well < 5; {
		require.True(t, time.Now().Before(deadline), "%d refused, %d went well", refused, well)
		_, _, err := there(l, []byte("hello"))
		switch {
		case err == nil:
			well++
		case errors.Is(err, syscall.ECONNREFUSED):
			refused++
		default: // was waiting to be accepted when the listener was closed
			require.ErrorIs(t, err, syscall.ECONNRESET)
		}
	}
}

func TestLineThatIsSilent(t *testing.T) {
	t.Parallel()
	l := linetest.New(t, echo(t), 1)
	l.Set(linetest.Faults{Silent: true})
	conn, err := l.Dial(t.Context(), "tcp", "anywhere")
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout")
}
