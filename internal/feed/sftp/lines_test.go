package sftp

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counted counts the connections of a door, and how many of them are open.
type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func count(config *Config) (dialled, open *atomic.Int64) {
	dialled, open = new(atomic.Int64), new(atomic.Int64)
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		dialled.Add(1)
		open.Add(1)
		return &counted{Conn: conn, open: open}, nil
	}
	return dialled, open
}

// Whatever is listed and read, one after the other or at once, logs in once; what is more than a
// connection takes has another.
func TestOneConnectionIsShared(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	for n := range 20 {
		put(t, server, fmt.Sprintf("feed/%02d", n), fmt.Sprint("content ", n))
	}
	config.Idle = time.Hour // however slow the machine is between two listings
	dialled, _ := count(&config)
	d := mustNew(t, config)
	for range 10 {
		_, err := first(t, d, "feed/")
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, dialled.Load())

	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			i := -1
			for o, err := range d.List(t.Context(), "feed/") { // as many sessions as listings
				if i++; err != nil || i == n {
					read(t, d, o.Key, err)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, dialled.Load(), int64(1+40/mostSessions))
}

// A connection that nobody uses is ended; who comes after that has another.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	put(t, server, "feed/x", "content")
	config.Idle = 10 * time.Millisecond
	dialled, open := count(&config)
	d := mustNew(t, config)
	for n := range 2 {
		_, err := first(t, d, "feed/")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return open.Load() == 0 }, time.Minute, 10*time.Millisecond)
		require.EqualValues(t, n+1, dialled.Load())
	}
}

func read(t testing.TB, d *Door, key string, err error) {
	if err != nil {
		t.Error(err)
		return
	}
	for o, err := range d.List(t.Context(), key) {
		if err != nil {
			t.Error(err)
			return
		}
		r, err := d.Open(t.Context(), o)
		if err != nil {
			t.Error(err)
			return
		}
		if text, err := io.ReadAll(r); err != nil || string(text) == "" {
			t.Errorf("%s: %q, %v", key, text, err)
		}
		_ = r.Close()
	}
}

// A server that lets a connection have less sessions than others gets more connections.
func TestServersWithFewSessions(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	server.Set(t, "MaxSessions 2")
	put(t, server, "feed/x", "content")
	dialled, _ := count(&config)
	d := mustNew(t, config)
	o, err := first(t, d, "feed/")
	require.NoError(t, err)
	for range 5 {
		r, err := d.Open(t.Context(), o)
		require.NoError(t, err)
		defer r.Close()
	}
	require.EqualValues(t, 3, dialled.Load())
}

// Who gives up ends what he has asked, not what others read over the same connection; a server that
// was started anew is logged in to anew.
func TestOthersGoOn(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	put(t, server, "feed/x", string(make([]byte, 8<<20)))
	dialled, _ := count(&config)
	d := mustNew(t, config)
	o, err := first(t, d, "feed/")
	require.NoError(t, err)
	ctx, giveUp := context.WithCancel(t.Context())
	given, err := d.Open(ctx, o)
	require.NoError(t, err)
	defer given.Close()
	other, err := d.Open(t.Context(), o)
	require.NoError(t, err)
	defer other.Close()
	giveUp()
	_, err = io.Copy(io.Discard, given)
	require.ErrorIs(t, err, context.Canceled)
	n, err := io.Copy(io.Discard, other)
	require.NoError(t, err)
	require.EqualValues(t, 8<<20, n)
	require.EqualValues(t, 1, dialled.Load())

	server.Stop()
	server.Start(t)
	require.NoError(t, os.Remove(at(server, "feed/x")))
	put(t, server, "feed/y", "after")
	o, err = first(t, d, "feed/")
	require.NoError(t, err)
	require.Equal(t, "feed/y", o.Key)
}
