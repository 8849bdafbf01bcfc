package realtest

import (
	"bytes"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/freeport"
)

// readyWithin is how long a server on this machine may take to answer.
const readyWithin = 2 * time.Minute

// FreePort is a port of loopback that nobody listens on, and no other test is given.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freeport.Get()
	require.NoError(t, err)
	return port
}

// FreeAddress is a host and port of loopback that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(FreePort(t)))
}

// serve runs a server until the test ends and waits until the health address answers.
func serve(t testing.TB, c *exec.Cmd, health string) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	require.NoError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-ended
	})
	answers := func() bool {
		response, err := http.Get(health)
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}
	require.Eventually(t, answers, readyWithin, 20*time.Millisecond, "the server does not answer at %s", health)
}
