package inbox_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	forgeries = 10_000
	// huge is how many of them have 10 MB.
	huge = 20
)

// forgery is a way to make a genuine delivery one that is not.
type forgery struct {
	name string
	make func(r *rand.Rand, d *delivery)
}

// flip changes one byte; the bytes are others' too, so it copies them.
func flip(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	return b
}

// flipText changes one letter or digit of a header into another.
func flipText(r *rand.Rand, s string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := []byte(s)
	for string(b) == s {
		b[r.IntN(len(b))] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

var forgeriesByName = []forgery{
	{"a byte of the body", func(r *rand.Rand, d *delivery) { d.body = flip(r, d.body) }},
	{"a byte of the signature", func(r *rand.Rand, d *delivery) { d.signature = flipText(r, d.signature) }},
	{"no signature", func(_ *rand.Rand, d *delivery) { d.signature = "" }},
	{"a signature of nothing", func(_ *rand.Rand, d *delivery) { d.signature = "sha1=" }},
	{"an unknown algorithm", func(_ *rand.Rand, d *delivery) { d.signature = "md5" + strings.TrimPrefix(d.signature, "sha1") }},
	{"the other algorithm's name", func(_ *rand.Rand, d *delivery) { d.signature = "sha256" + strings.TrimPrefix(d.signature, "sha1") }},
	{"a long signature", func(r *rand.Rand, d *delivery) { d.signature += strings.Repeat("A", 1+r.IntN(5000)) }},
	{"a signature of another secret", func(r *rand.Rand, d *delivery) { d.signature = sha1Of(flipText(r, secretA), d.body) }},
	{"a signature of no secret", func(_ *rand.Rand, d *delivery) { d.signature = sha256Of("", d.body) }},
	{"another app of ours signs", func(_ *rand.Rand, d *delivery) { d.signature = sha1Of(secretB, d.body) }},
	{"another app's headers", func(_ *rand.Rand, d *delivery) { d.account, d.client = platformB, clientB }},
	{"another account, well signed", func(r *rand.Rand, d *delivery) { d.account = flipText(r, d.account) }},
	{"another client, well signed", func(r *rand.Rand, d *delivery) { d.client = flipText(r, d.client) }},
	{"no account, well signed", func(_ *rand.Rand, d *delivery) { d.account = "" }},
	{"no client, well signed", func(_ *rand.Rand, d *delivery) { d.client = "" }},
	{"the path of another app", func(_ *rand.Rand, d *delivery) { d.path = pathOf(accountB, appB) }},
	{"an app of another account", func(_ *rand.Rand, d *delivery) { d.path = pathOf(accountB, appA) }},
	{"a path of nobody", func(r *rand.Rand, d *delivery) { d.path = pathOf(flipText(r, accountA), flipText(r, appA)) }},
	{"at the root, of nobody", func(r *rand.Rand, d *delivery) { d.path, d.client = "/notifications/event", flipText(r, clientA) }},
	{"at the root, signed by another", func(_ *rand.Rand, d *delivery) { d.path, d.signature = "/notifications/event", sha1Of(secretB, d.body) }},
	{"cut off", func(r *rand.Rand, d *delivery) { d.body = d.body[:r.IntN(len(d.body))] }},
	{"another encoding of the same text", func(_ *rand.Rand, d *delivery) {
		d.body = bytes.ReplaceAll(d.body, []byte("ñ"), []byte{0xF1}) // Latin-1
	}},
	{"the same JSON, written otherwise", func(_ *rand.Rand, d *delivery) { d.body = bytes.ReplaceAll(d.body, []byte(`":`), []byte(`": `)) }},
	{"bytes after the end", func(r *rand.Rand, d *delivery) { d.body = append(bytes.Clone(d.body), make([]byte, 1+r.IntN(100))...) }},
	{"deep JSON", func(r *rand.Rand, d *delivery) { d.body = bytes.Repeat([]byte(`[`), 1+r.IntN(1<<19)) }},
	{"deep JSON, signed and for another", func(r *rand.Rand, d *delivery) {
		d.body = bytes.Repeat([]byte(`{"a":`), 1+r.IntN(1<<17))
		d.signature, d.account = sha1Of(secretA, d.body), platformB
	}},
	{"noise", func(r *rand.Rand, d *delivery) {
		d.body = make([]byte, r.IntN(4096))
		for i := range d.body {
			d.body[i] = byte(r.Uint32())
		}
	}},
	{"another content type and a wrong byte", func(r *rand.Rand, d *delivery) { d.contentType, d.body = "multipart/form-data", flip(r, d.body) }},
}

// Ten thousand forged deliveries reach nobody, break nothing, and all get one answer.
func TestForged(t *testing.T) {
	b := newBench(t, nil)
	big := bytes.Repeat([]byte(" "), 10<<20)
	bigSignature := sha1Of(secretA, big)
	work := make(chan int)
	var mu sync.Mutex
	answers, used := map[answer]int{}, map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range work {
				r := rand.New(rand.NewPCG(7, uint64(i)))
				d := genuine(text("c-1", r.IntN(1000), "mañana, "+strings.Repeat("x", r.IntN(2000))))
				name := "10 MB, well signed"
				if i < huge {
					d.body, d.signature = big, bigSignature
				} else {
					f := forgeriesByName[i%len(forgeriesByName)]
					name = f.name
					f.make(r, &d)
				}
				a, err := b.try(t.Context(), d)
				if err != nil {
					t.Errorf("%s (%d): %v", name, i, err)
				}
				mu.Lock()
				answers[a]++
				used[name]++
				mu.Unlock()
			}
		})
	}
	for i := range forgeries {
		work <- i
	}
	close(work)
	wg.Wait()
	require.Len(t, answers, 1, "one answer for every refusal")
	for a, n := range answers {
		require.Equal(t, http.StatusForbidden, a.status)
		require.Equal(t, forgeries, n)
	}
	require.Len(t, used, len(forgeriesByName)+1)
	require.Empty(t, b.signals.calls, "none may reach a conversation")
	require.Empty(t, b.kept(t), "none may be kept")
	require.Equal(t, http.StatusOK, b.post(t, genuine(text("c-1", 1, "hello"))).status, "and what is genuine is taken")
	require.Len(t, b.signals.calls, 1)
}
