package e2e

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sshdtest"
)

// opensshBody describes a private sshd as a destination.
func opensshBody(server *sshdtest.Server, inPlace bool) httpapi.Destination {
	d := httpapi.Destination{
		Kind: "sftp", Description: "OpenSSH",
		Fields: map[string]any{
			"host": "127.0.0.1", "port": server.Port, "directory": server.Directory("outbox"), "user": server.User,
			"hostKeys": server.HostKeys(),
		},
		Credentials: password(sshdtest.Password),
	}
	if inPlace {
		d.Fields["inPlace"] = true
	}
	return d
}

// openSSH defines the outbox of a private sshd as a destination that is reached at the
// address, and returns its id.
func (b *brand) openSSH(t *testing.T, server *sshdtest.Server, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	d := opensshBody(server, false)
	d.Fields["port"], err = strconv.Atoi(port)
	require.NoError(t, err)
	return b.destination(t, d)
}
