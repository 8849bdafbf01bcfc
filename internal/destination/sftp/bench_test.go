package sftp

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/linetest"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
)

// BenchmarkUpload uploads a file to a private OpenSSH server on this machine, directly and
// over a line as long as to another continent, login, flush to disk and publishing included,
// beside the sftp program with the same key, file and server. It reports MB/s (10^6 bytes) of
// both and their ratio.
func BenchmarkUpload(b *testing.B) {
	for name, c := range map[string]struct {
		away time.Duration
		size int
	}{"loopback": {0, 128 << 20}, "100 ms away": {50 * time.Millisecond, 128 << 20}} {
		b.Run(name, func(b *testing.B) { benchmarkUpload(b, c.away, c.size) })
	}
}

func benchmarkUpload(b *testing.B, away time.Duration, size int) {
	server := sshdtest.Start(b, "")
	realtest.Program(b, "sftp", "openssh-client")
	address := server.Address()
	if away > 0 {
		line := linetest.New(b, address, 1)
		line.Set(linetest.Faults{Latency: away})
		address = line.Address()
	}
	key := clientKey(b, "")
	authorize(b, server, key, "")
	f, content := realFile("ours.bin", size)
	rival := newRival(b, server.User, address, key, content)
	config := opensshConfig(server, "outbox")
	config.Password, config.PrivateKey = nil, secret(key)
	config.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	d, err := New(config)
	require.NoError(b, err)

	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		s, err := d.Connect(b.Context())
		require.NoError(b, err)
		require.NoError(b, s.Upload(b.Context(), f, realToken, func(int64) {}))
		require.NoError(b, s.Publish(b.Context(), f, realToken, false))
		require.NoError(b, s.Close())
		ours += time.Since(start)

		start = time.Now()
		rival()
		theirs += time.Since(start)
		for _, name := range []string{"ours.bin", "theirs.bin"} {
			file := filepath.Join(server.Jail, "outbox", name)
			got, err := os.ReadFile(file)
			require.NoError(b, err)
			require.True(b, bytes.Equal(content, got), name)
			require.NoError(b, os.Remove(file))
		}
	}
	rate := func(d time.Duration) float64 { return float64(b.N) * float64(size) / 1e6 / d.Seconds() }
	b.ReportMetric(rate(ours), "MB/s")
	b.ReportMetric(rate(theirs), "sftp-MB/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// newRival returns a function that puts the content with OpenSSH's own client, flushed
// to disk (-f) as ours is.
func newRival(b *testing.B, user, address, key string, content []byte) func() {
	folder := b.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(b, os.WriteFile(path, content, 0o600))
		return path
	}
	identity := file("key", []byte(key))
	local := file("theirs.bin", content)
	batch := file("batch", []byte(fmt.Sprintf("put -f %s /outbox/theirs.bin\n", local)))
	_, port, err := net.SplitHostPort(address)
	require.NoError(b, err)
	return func() {
		sshdtest.Run(b, "", "sftp", "-q", "-b", batch, "-P", port, "-i", identity, "-F", "none",
			"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile="+filepath.Join(folder, "known"), user+"@127.0.0.1")
	}
}
