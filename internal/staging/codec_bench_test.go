package staging

import (
	"bytes"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

const (
	codecBytes   = 32 << 20
	codecAccount = 20_000
	everySection = history.Section(1<<23 - 1)
)

// codecRecords are the sandbox's conversations, as the API sends them when every section
// is asked for.
func codecRecords(b *testing.B) (records [][]byte, size int) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixMilli()
	account := world.NewAccount(1, "12345678", codecAccount)
	for c := range account.Conversations(now) {
		raw := account.Conversation(c.ID(), now).Append(nil, 0, history.View{Sections: everySection, Whole: true})
		records, size = append(records, raw), size+len(raw)
		if size >= codecBytes {
			break
		}
	}
	return records, size
}

// BenchmarkCodec compares ways to compress pages on one core: MB of source JSON per second
// of processor time, and how much smaller they get. It is why takeEncoder is what it is.
func BenchmarkCodec(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	records, size := codecRecords(b)
	slower, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(windowBytes))
	require.NoError(b, err)
	unzstd := func(r io.Reader) io.Reader { return must(takeDecoder(r)) }
	uns2 := func(r io.Reader) io.Reader { return s2.NewReader(r) }
	for _, c := range []struct {
		name  string
		write func(io.Writer) io.WriteCloser
		read  func(io.Reader) io.Reader
	}{
		{"ours", func(w io.Writer) io.WriteCloser { return takeEncoder(w) }, unzstd},
		{"zstd-default", func(w io.Writer) io.WriteCloser { slower.Reset(w); return slower }, unzstd},
		{"s2", func(w io.Writer) io.WriteCloser {
			return s2.NewWriter(w, s2.WriterConcurrency(1), s2.WriterBlockSize(windowBytes))
		}, uns2},
		{"s2-better", func(w io.Writer) io.WriteCloser {
			return s2.NewWriter(w, s2.WriterConcurrency(1), s2.WriterBlockSize(windowBytes), s2.WriterBetterCompression())
		}, uns2},
	} {
		b.Run(c.name, func(b *testing.B) {
			var stored bytes.Buffer
			var writing, reading time.Duration
			for b.Loop() {
				stored.Reset()
				began := used(b)
				w := c.write(&stored)
				for _, r := range records {
					_, err := w.Write(r)
					require.NoError(b, err)
				}
				require.NoError(b, w.Close())
				between := used(b)
				n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c.read(bytes.NewReader(stored.Bytes()))}, make([]byte, readAhead))
				require.NoError(b, err)
				require.EqualValues(b, size, n)
				writing, reading = writing+between-began, reading+used(b)-between
			}
			mb := float64(size) * float64(b.N) / 1e6
			b.ReportMetric(mb/writing.Seconds(), "write-MB/s")
			b.ReportMetric(mb/reading.Seconds(), "read-MB/s")
			b.ReportMetric(float64(size)/float64(stored.Len()), "smaller")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// used is the processor time of this process so far.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
