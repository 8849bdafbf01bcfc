package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
)

func TestTheAuthorityIsMadeOnceAndTrusted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	now := time.Now()
	first, err := sandbox.OpenAuthority(dir, now)
	require.NoError(t, err)
	again, err := sandbox.OpenAuthority(dir, now)
	require.NoError(t, err)
	require.Equal(t, first.PEM, again.PEM)
	info, err := os.Stat(filepath.Join(dir, "ca.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	certificate, err := again.Certificate(now, "127.0.0.1", "localhost")
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(first.PEM))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	res, err := client.Get(s.URL)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())

	_, err = sandbox.OpenAuthority(dir, now.AddDate(9, 6, 0))
	require.ErrorContains(t, err, "expires")
	require.NoError(t, os.Remove(filepath.Join(dir, "ca.key")))
	_, err = sandbox.OpenAuthority(dir, now)
	require.ErrorContains(t, err, "ca.key")
}
