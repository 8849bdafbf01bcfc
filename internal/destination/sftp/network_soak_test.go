//go:build soak

package sftp

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/sshdtest"
)

func TestNetworkOpenSSH(t *testing.T) {
	t.Parallel()
	server := sshdtest.Start(t, "")
	destinationtest.Network(t, server.Address(), func(t *testing.T, line *linetest.Line) destinationtest.Peer {
		return overLine(t, server, line)
	})
}

func TestResetOpenSSH(t *testing.T) {
	server := sshdtest.Start(t, "")
	line := linetest.New(t, server.Address(), 1)
	destinationtest.Reset(t, overLine(t, server, line), line, window)
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

// A line that is slow but not dead carries files for which it needs longer than the server
// may be silent.
func TestNetworkSlow(t *testing.T) {
	t.Parallel()
	const size, rate = 200_000, 2_000
	server := sshdtest.Start(t, "")
	line := linetest.New(t, server.Address(), 1)
	p := overLine(t, server, line)
	line.Set(linetest.Faults{Rate: rate})
	f, content := realFile("report.csv", size)
	began, s := time.Now(), mustConnect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, realToken, func(int64) {}))
	sent := time.Since(began)
	level, err := s.Verify(t.Context(), f, realToken, destination.Bytes)
	require.NoError(t, err)
	require.Equal(t, destination.Bytes, level)
	require.NoError(t, s.Publish(t.Context(), f, realToken, false))
	t.Logf("%d bytes at %d a second: sent in %.0f s, all in %.0f s", size, rate, sent.Seconds(), time.Since(began).Seconds())
	got, exists := p.Read(t, f.Name)
	require.True(t, exists)
	require.True(t, bytes.Equal(content, got))
}

func mustConnect(t *testing.T, p destinationtest.Peer) destination.Session {
	t.Helper()
	s, err := p.Destination.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}
