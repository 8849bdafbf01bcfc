//go:build soak

package sftp

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/sshdtest"
)

func TestNetworkOpenSSH(t *testing.T) {
	server := sshdtest.Start(t, "")
	destinationtest.Network(t, server.Address(), func(t *testing.T, line *linetest.Line) destinationtest.Peer {
		return overLine(t, server, line)
	})
}

func TestResetOpenSSH(t *testing.T) {
	server := sshdtest.Start(t, "")
	line := linetest.New(t, server.Address(), 1)
	destinationtest.Reset(t, overLine(t, server, line), line, pieceSize)
}

// overLine is a folder of the server's that is reached over the line.
func overLine(t *testing.T, server *sshdtest.Server, line *linetest.Line) destinationtest.Peer {
	t.Helper()
	name := "case" + strings.ToLower(rand.Text())
	server.Folder(t, name, 0o700)
	config := opensshConfig(server, name)
	config.Dial = line.Dial
	return folderPeer(mustNew(t, config), filepath.Join(server.Jail, name))
}
