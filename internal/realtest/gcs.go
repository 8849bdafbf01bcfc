package realtest

import (
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// StartGCS runs fake-gcs-server, an emulator of Google Cloud Storage, until the test ends and
// returns its host and port: it checks our use of the API, not the service.
func StartGCS(t testing.TB) (address string) {
	t.Helper()
	address = FreeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	serve(t, exec.Command(Tool(t, "FAKE_GCS_SERVER", "fake-gcs-server"), "-scheme", "http", "-host", host, "-port", port,
		"-backend", "memory", "-public-host", address, "-external-url", "http://"+address),
		"http://"+address+"/_internal/healthcheck")
	return address
}
