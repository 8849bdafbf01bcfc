package realtest

import (
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// StartGCS runs fake-gcs-server, an emulator of Google Cloud Storage, until the test ends and
// returns its host and port: it checks our use of the API, not the service. It keeps objects
// in memory.
func StartGCS(t testing.TB) (address string) {
	t.Helper()
	return startGCS(t, "-backend", "memory")
}

// StartGCSIn runs it with its objects as files of the folder.
func StartGCSIn(t testing.TB, folder string) (address string) {
	t.Helper()
	return startGCS(t, "-backend", "filesystem", "-filesystem-root", folder)
}

func startGCS(t testing.TB, backend ...string) (address string) {
	t.Helper()
	address = FreeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	args := append([]string{"-scheme", "http", "-host", host, "-port", port, "-public-host", address, "-external-url", "http://" + address}, backend...)
	serve(t, exec.Command(Tool(t, "FAKE_GCS_SERVER", "fake-gcs-server"), args...), "http://"+address+"/_internal/healthcheck")
	return address
}
