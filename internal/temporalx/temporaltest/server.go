// Package temporaltest runs a real Temporal dev server for tests.
package temporaltest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"transporter/internal/realtest"
	"transporter/internal/seal"
	"transporter/internal/temporalx"
)

const (
	startLimit = 2 * time.Minute  // for the server to answer
	stopLimit  = 30 * time.Second // for it to end after an interrupt
	poll       = 25 * time.Millisecond
)

// settings make a dev server behave well in tests: attributes are usable at once, and the
// fairness of the demo is on.
var settings = []string{
	"system.forceSearchAttributesCacheRefreshOnRead=true",
	"matching.useNewMatcher=true",
	"matching.enableFairness=true",
}

// Options configures a server.
type Options struct {
	Namespace string   // default "test"
	File      string   // database file that survives Kill; empty: in memory
	Dynamic   []string // further dynamic config, key=JSON value
	Log       bool     // print the server's log
}

// Server is one dev server. Its namespace is bootstrapped.
type Server struct {
	Address   string
	Namespace string
	Keys      *seal.Ring // of the payload codec

	t       testing.TB
	options Options
	binary  string
	command *exec.Cmd
	ended   chan struct{}
}

// Start runs a server until the test ends. The binary is that of TEMPORAL_CLI, else
// tools/bin/temporal of the module, else the one on PATH; without any the test is skipped,
// or fails if REQUIRE_REAL is set.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Namespace == "" {
		o.Namespace = "test"
	}
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	s := &Server{Address: realtest.FreeAddress(t), Namespace: o.Namespace, Keys: ring, t: t, options: o, binary: realtest.Tool(t, "TEMPORAL_CLI", "temporal")}
	s.Launch()
	t.Cleanup(s.stop)
	ctx, cancel := context.WithTimeout(context.Background(), 3*startLimit)
	defer cancel()
	require.NoError(t, temporalx.Bootstrap(ctx, s.ClientOptions()))
	return s
}

// ClientOptions returns what a client of the server is made with.
func (s *Server) ClientOptions() temporalx.Options {
	return temporalx.Options{HostPort: s.Address, Namespace: s.Namespace, Keys: s.Keys, Wait: startLimit}
}

// Client returns a client that is closed when the test ends.
func (s *Server) Client() client.Client {
	s.t.Helper()
	c, err := temporalx.Dial(context.Background(), s.ClientOptions())
	require.NoError(s.t, err)
	s.t.Cleanup(c.Close)
	return c
}

// Worker starts a worker of the queue with what register adds; it stops when the test
// ends or when the returned function is called.
func (s *Server) Worker(c client.Client, queue string, register func(worker.Registry)) (stop func()) {
	s.t.Helper()
	w := worker.New(c, queue, worker.Options{DisableRegistrationAliasing: true})
	register(w)
	require.NoError(s.t, w.Start())
	stop = sync.OnceFunc(w.Stop)
	s.t.Cleanup(stop)
	return stop
}

// Launch starts the process: after Kill, on the same database file and address.
func (s *Server) Launch() {
	s.t.Helper()
	_, port, err := net.SplitHostPort(s.Address)
	require.NoError(s.t, err)
	args := []string{"server", "start-dev", "--ip", "127.0.0.1", "--port", port, "--headless", "--log-level", "error"}
	if s.options.File != "" {
		args = append(args, "--db-filename", s.options.File,
			"--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal")
	}
	for _, v := range append(settings[:len(settings):len(settings)], s.options.Dynamic...) {
		args = append(args, "--dynamic-config-value", v)
	}
	s.command = exec.CommandContext(context.Background(), s.binary, args...)
	var log bytes.Buffer
	s.command.Stdout, s.command.Stderr = &log, &log
	if s.options.Log {
		s.command.Stdout, s.command.Stderr = os.Stderr, os.Stderr
	}
	require.NoError(s.t, s.command.Start())
	ended := make(chan struct{})
	s.ended = ended
	go func() {
		_ = s.command.Wait()
		close(ended)
	}()
	s.awaitPort(ended, &log)
}

func (s *Server) awaitPort(ended <-chan struct{}, log *bytes.Buffer) {
	s.t.Helper()
	deadline := time.Now().Add(startLimit)
	for {
		if c, err := (&net.Dialer{Timeout: poll}).DialContext(context.Background(), "tcp", s.Address); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ended:
			require.FailNow(s.t, "the Temporal server ended", log.String())
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			require.FailNow(s.t, "the Temporal server does not answer")
		}
	}
}

// Kill ends the process as a crash would.
func (s *Server) Kill() {
	_ = s.command.Process.Kill()
	<-s.ended
}

func (s *Server) stop() {
	_ = s.command.Process.Signal(syscall.SIGINT)
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		s.Kill()
	}
}
