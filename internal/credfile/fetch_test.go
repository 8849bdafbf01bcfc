package credfile

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/realtest"
)

// Links are presigned by a real store, over TLS.
func TestFetch(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket := g.Bucket(t)
	for key, content := range map[string][]byte{"file": encrypted(t, record, false), "large": make([]byte, MaxBytes+1)} {
		_, err := g.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
		require.NoError(t, err)
	}
	front := overTLS(t, g.URL)
	link := func(key string, lasts time.Duration) string {
		signed, err := s3.NewPresignClient(g.Client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(key)}, s3.WithPresignExpires(lasts))
		require.NoError(t, err)
		return strings.Replace(signed.URL, g.URL, front.URL, 1)
	}
	file, err := Fetch(t.Context(), front.Client(), link("file", time.Hour))
	require.NoError(t, err)
	require.Equal(t, len(encrypted(t, record, false)), len(file))

	lapsing := link("file", time.Second)
	require.Eventually(t, func() bool {
		_, err := Fetch(t.Context(), front.Client(), lapsing)
		return err != nil
	}, 2*time.Minute, 200*time.Millisecond)
	for name, c := range map[string]struct{ link, says string }{
		"expired link":      {lapsing, "ask for a new link"},
		"a link cut short":  {strings.Split(link("file", time.Hour), "&X-Amz-Signature")[0], "copy the whole link"},
		"nothing there":     {link("gone", time.Hour), "ask for a new link"},
		"too large":         {link("large", time.Hour), "longer than"},
		"not https":         {strings.Replace(link("file", time.Hour), "https:", "http:", 1), "no https address"},
		"no address at all": {"AKIA what\x7f", "no https address"},
		"another signature": {link("file", time.Hour) + "0", "answers 403"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Fetch(t.Context(), front.Client(), c.link)
			refused(t, err, "link", c.says)
		})
	}
	t.Run("a certificate of nobody we know", func(t *testing.T) {
		_, err := Fetch(t.Context(), &http.Client{Transport: &http.Transport{}}, link("file", time.Hour))
		refused(t, err, "ca", "not trusted")
	})
	t.Run("nobody answers", func(t *testing.T) {
		_, err := Fetch(t.Context(), front.Client(), "https://"+realtest.FreeAddress(t)+"/x?X-Amz-Signature=sig")
		require.True(t, fault.Is(err, fault.Upstream), "%v", err)
		require.NotContains(t, err.Error(), "X-Amz")
	})
}

// A redirect that net/http refuses would be said with its target.
func TestRedirectIsNotRepeated(t *testing.T) {
	t.Parallel()
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://%zz/X-Amz-Signature=sig")
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(front.Close)
	_, err := Fetch(t.Context(), front.Client(), front.URL)
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.NotContains(t, err.Error(), "X-Amz")
}

// overTLS puts a server with a certificate of its own before another one.
func overTLS(t *testing.T, address string) *httptest.Server {
	t.Helper()
	plain, err := url.Parse(address)
	require.NoError(t, err)
	front := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(plain) // with its host, which is signed
	}})
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	t.Cleanup(front.Close)
	return front
}
