package s3

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/realtest"
	"transporter/internal/seal"
)

// Each state of a door that is shut is told apart, with what to do about it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket := g.Bucket(t)
	put(t, g, bucket, "feed/x", []byte("x"))
	for name, c := range map[string]struct {
		edit  func(c *Config)
		kind  fault.Kind
		field string
		says  string
	}{
		"revoked key":           {func(c *Config) { c.AccessKey = "nobody" }, fault.AuthFailed, "credentials.s3.accessKeyId", "revoked"},
		"wrong secret":          {func(c *Config) { c.SecretKey = "not-the-secret" }, fault.AuthFailed, "credentials.s3.secretAccessKey", "not that of this access key"},
		"clock an hour behind":  {func(c *Config) { c.Now = func() time.Time { return time.Now().Add(-time.Hour) } }, fault.Upstream, "clock", "differ by 1h0m0s"},
		"clock an hour ahead":   {func(c *Config) { c.Now = func() time.Time { return time.Now().Add(time.Hour) } }, fault.Upstream, "clock", "differ by 1h0m0s"},
		"no right at all":       {stranger, fault.PermissionDenied, "", "s3:ListBucket"},
		"wrong bucket":          {func(c *Config) { c.Bucket = "no-such-bucket" }, fault.NotFound, "feeds.s3.bucket", "credential file"},
		"wrong region":          {func(c *Config) { c.Region = "eu-west-1" }, fault.InvalidSpec, "feeds.s3.region", realtest.S3Region},
		"nobody answers":        {func(c *Config) { c.Endpoint = "http://" + realtest.FreeAddress(t) }, fault.Upstream, "", "refused"},
		"TLS where there is no": {func(c *Config) { c.Endpoint = strings.Replace(g.URL, "http:", "https:", 1) }, fault.InvalidSpec, "feeds.s3.endpoint", "no TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := config(g, bucket)
			c.edit(&config)
			d := mustNew(t, config)
			var err error
			for _, err = range d.List(t.Context(), "feed/") {
			}
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, c.kind, said.Kind, "%v", err)
			require.Equal(t, c.field, said.Field, "%v", err)
			require.Contains(t, err.Error(), c.says)
			require.NotContains(t, err.Error(), "not-the-secret")
		})
	}
}

func stranger(c *Config) {
	c.AccessKey, c.SecretKey = seal.Secret(realtest.StrangerKey), seal.Secret(realtest.StrangerSecret)
}

// The name of the case is that of the specification: objects may be read, but not listed.
func TestNoListPermission(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket := g.Bucket(t)
	put(t, g, bucket, "feed/x", []byte("x"))
	allow := func(actions ...string) {
		var statements []string
		for _, a := range actions {
			resource := bucket
			if a == "s3:GetObject" {
				resource += "/*"
			}
			statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Principal":"%s","Action":"%s","Resource":"arn:aws:s3:::%s"}`, realtest.StrangerKey, a, resource))
		}
		_, err := g.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(`{"Statement":[` + strings.Join(statements, ",") + `]}`)})
		require.NoError(t, err)
	}
	listed := only(t, mustNew(t, config(g, bucket)))
	c := config(g, bucket)
	stranger(&c)
	d := mustNew(t, c)

	allow("s3:GetObject")
	for _, err := range d.List(t.Context(), "feed/") {
		require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
		require.ErrorContains(t, err, "ask for s3:ListBucket")
	}
	_, err := d.Open(t.Context(), listed)
	require.NoError(t, err, "what is known by name may be read")

	allow("s3:ListBucket")
	require.Equal(t, listed, only(t, d))
	_, err = d.Open(t.Context(), listed)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "s3:GetObject")
}

func only(t *testing.T, d *Door) (o feed.Object) {
	var err error
	for o, err = range d.List(t.Context(), "feed/") {
		require.NoError(t, err)
	}
	return o
}

// A store that is too busy is asked again; one that stays busy is told of as such, with its own
// pause where it names one.
func TestSlowDown(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket := g.Bucket(t)
	put(t, g, bucket, "feed/x", []byte("x"))
	var refused atomic.Int32
	c := config(g, bucket)
	inner := c.HTTP.Transport
	c.HTTP = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if refused.Add(-1) < 0 {
			return inner.RoundTrip(r)
		}
		w := httptest.NewRecorder()
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		w.WriteString(`<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
		return w.Result(), nil
	})}
	d := mustNew(t, c)
	refused.Store(2)
	require.Equal(t, "feed/x", only(t, d).Key)
	require.Negative(t, refused.Load())

	e := d.classify(t.Context(), "list", "feed/*", recorded(t, http.StatusServiceUnavailable, "SlowDown"))
	require.True(t, fault.Is(e, fault.RateLimited), "%v", e)
}

// A body that breaks off goes on where it stopped; one that is another object meanwhile does not.
func TestBrokenBodyGoesOn(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket, content := g.Bucket(t), strings.Repeat("0123456789abcdef", 1<<15)
	for name, replaced := range map[string]bool{"same object": false, "replaced meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			put(t, g, bucket, "feed/x", []byte(content))
			c := config(g, bucket)
			var last atomic.Pointer[net.Conn]
			c.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: recording(&last)}}
			d := mustNew(t, c)
			r, err := d.Open(t.Context(), only(t, d))
			require.NoError(t, err)
			defer r.Close()
			begin := make([]byte, 1000)
			_, err = io.ReadFull(r, begin)
			require.NoError(t, err)
			if replaced {
				put(t, g, bucket, "feed/x", []byte(strings.ToUpper(content)))
			}
			(*last.Load()).Close()
			rest, err := io.ReadAll(r)
			if replaced {
				require.True(t, fault.Is(err, fault.Conflict), "%v", err)
				return
			}
			require.NoError(t, err)
			require.True(t, content == string(begin)+string(rest), "%d bytes", len(begin)+len(rest))
		})
	}
}
