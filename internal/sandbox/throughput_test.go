package sandbox_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// BenchmarkPages reads pages of a hundred whole records over TLS, one after the other,
// client included.
func BenchmarkPages(b *testing.B) {
	r := sandboxtest.Start(b, sandbox.Config{Conversations: 100_000})
	transport := r.Client.Transport.(*http.Transport).Clone()
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{} // HTTP/1.1
	client := &http.Client{Transport: transport}
	to := sandboxtest.Now
	body := startBody(to.AddDate(0, 0, -60), to.Add(-24*time.Hour), "")
	var size int64
	offset := 0
	for b.Loop() {
		target := fmt.Sprintf("%s%s?source=bench&limit=100&sort=start:asc&offset=%d", r.URL, searchPath, offset)
		req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(body))
		require.NoError(b, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", good.header(http.MethodPost, target))
		res, err := client.Do(req)
		require.NoError(b, err)
		n, err := io.Copy(io.Discard, res.Body)
		require.NoError(b, err)
		require.NoError(b, res.Body.Close())
		require.Equal(b, http.StatusOK, res.StatusCode)
		size += n
		offset = (offset + 100) % 10_000
	}
	b.SetBytes(size / int64(b.N))
}
