package pgp

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// benchSize is the CSV that both encrypt: large beside the start of a process.
const benchSize = 128 << 20

// BenchmarkEncrypt compresses and encrypts a CSV file to a file, as the encrypt step
// does, beside gpg --encrypt with its default settings, a key that gpg made with its
// defaults, and the same file. It reports MB/s (10^6 bytes of CSV) of both and their
// ratio.
func BenchmarkEncrypt(b *testing.B) {
	g := newGnuPG(b)
	g.run(nil, "--passphrase", "", "--quick-gen-key", "Receiver", "default", "default", "never")
	key := mustParse(b, string(g.run(nil, "--armor", "--export")))
	now := time.Now()
	folder := b.TempDir()
	csv := filepath.Join(folder, "report.csv")
	writeCSV(b, csv, benchSize)

	var ours, theirs time.Duration
	for b.Loop() {
		ours += timed(func() { encryptFile(b, csv, key, now) })
		theirs += timed(func() {
			g.run(nil, "-r", key.Fingerprint(), "--output", filepath.Join(folder, "gpg.pgp"), "--encrypt", csv)
		})
	}
	message, err := os.ReadFile(csv + ".pgp")
	require.NoError(b, err)
	clear, err := os.ReadFile(csv)
	require.NoError(b, err)
	require.True(b, bytes.Equal(clear, g.run(message, "--decrypt")), "gpg reads something else")

	rate := func(d time.Duration) float64 { return float64(b.N) * benchSize / 1e6 / d.Seconds() }
	b.ReportMetric(rate(ours), "MB/s")
	b.ReportMetric(rate(theirs), "gpg-MB/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(benchSize/float64(len(message)), "compression")
	b.ReportMetric(0, "ns/op")
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func encryptFile(b *testing.B, csv string, key *Key, now time.Time) {
	src, err := os.Open(csv)
	require.NoError(b, err)
	defer src.Close()
	dst, err := os.Create(csv + ".pgp")
	require.NoError(b, err)
	w, err := Encrypt(dst, []*Key{key}, Message{Name: filepath.Base(csv), Now: now})
	require.NoError(b, err)
	_, err = io.Copy(w, src)
	require.NoError(b, err)
	require.NoError(b, w.Close())
	require.NoError(b, dst.Close())
}

// vocabulary is what people write in conversations: several scripts, punctuation that
// is not ASCII, and emoji.
var vocabulary = []string{
	"order", "delivery", "refund", "agent", "thanks", "please", "the", "and", "my", "when", "password", "invoice",
	"Größe", "straße", "für", "déjà", "señor", "mañana", "“quoted”", "—", "…", "don’t",
	"привет", "заказ", "спасибо", "כמה", "זמן", "مرحبا", "شكرا", "こんにちは", "注文", "您好", "退款", "안녕하세요", "नमस्ते", "😀", "👍🏽", "🙏",
}

// writeCSV writes rows like those of a message report: ids and times that hardly
// repeat, a few enumerations, and text.
func writeCSV(b *testing.B, name string, size int) {
	f, err := os.Create(name)
	require.NoError(b, err)
	defer f.Close()
	r := rand.New(rand.NewPCG(2026, 11))
	var row bytes.Buffer
	for written := 0; written < size; {
		row.Reset()
		at := birth.Add(time.Duration(r.Int64N(int64(24 * time.Hour)))).Format("2006-01-02T15:04:05.000Z")
		fmt.Fprintf(&row, "%08x-%04x-%04x-%012x,%d,%s,%s,%s,\"", r.Uint32(), r.Uint32N(1<<16), r.Uint32N(1<<16), r.Uint64N(1<<48),
			r.Uint32N(500), at, []string{"Agent", "Consumer", "Controller"}[r.IntN(3)], []string{"WEB", "WHATSAPP", "SMS"}[r.IntN(3)])
		for range 3 + r.IntN(25) {
			row.WriteString(vocabulary[r.IntN(len(vocabulary))])
			row.WriteByte(' ')
		}
		fmt.Fprintf(&row, "\",%d,true,,%.2f\r\n", r.Uint32(), r.Float64())
		n, err := f.Write(row.Bytes()[:min(row.Len(), size-written)])
		require.NoError(b, err)
		written += n
	}
}
