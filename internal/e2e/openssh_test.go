package e2e

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sshdtest"
)

// openSSH defines the outbox of a private OpenSSH server as a destination that is reached at
// the address, and returns its id.
func (b *brand) openSSH(t *testing.T, server *sshdtest.Server, address string) string {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return b.destination(t, httpapi.Destination{
		Kind: "sftp", Description: "OpenSSH at " + address, Fields: map[string]any{
			"host": host, "port": port, "directory": server.Directory("outbox"), "user": server.User, "hostKeys": server.HostKeys(),
		},
		Credentials: password(sshdtest.Password),
	})
}
