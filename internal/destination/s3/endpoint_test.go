package s3

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/realtest"
)

// The bucket is in the host name unless path style is asked for.
func TestBucketInTheHostName(t *testing.T) {
	t.Parallel()
	g := &gateway{realtest.StartS3(t, "--virtual-domain", "s3.test")}
	server := strings.TrimPrefix(g.URL, "http://")
	for _, pathStyle := range []bool{false, true} {
		config := g.config(g.Bucket(t), &destinationtest.Wire{})
		config.Endpoint, config.PathStyle = "http://s3.test", pathStyle
		config.HTTP = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}}}
		p := tapped(&config)
		f, content := testFile("report.csv", 1000, destination.Hash)
		deliver(t, mustConnect(t, config), f)
		got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
		require.Equal(t, content, got)
		for _, r := range p.seen {
			want := map[bool]string{false: config.Bucket + ".s3.test", true: "s3.test"}[pathStyle]
			require.Equal(t, want, r.URL.Host)
		}
	}
}

// What the store keeps beside the object is the checksum of the whole, and it is ours.
func TestChecksumOfTheWholeIsStored(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for profile, of := range map[string]func(*s3.HeadObjectOutput) *string{
		profileAWS:     func(o *s3.HeadObjectOutput) *string { return o.ChecksumCRC64NVME },
		profileGeneric: func(o *s3.HeadObjectOutput) *string { return o.ChecksumCRC32 },
	} {
		for _, want := range []destination.Level{destination.Hash, destination.Bytes} {
			config := g.config(g.Bucket(t), &destinationtest.Wire{})
			config.Profile = profile
			f, content := testFile("report.csv", 12<<20, want)
			d := mustNew(t, config)
			s, err := d.Connect(t.Context())
			require.NoError(t, err)
			deliver(t, s, f)
			key := "brand/out/report.csv"
			there, err := g.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &config.Bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
			require.NoError(t, err)
			require.Equal(t, types.ChecksumTypeFullObject, there.ChecksumType, profile)
			require.NotNil(t, of(there), profile)
			require.Equal(t, d.profile.checksum(content), *of(there), profile)
		}
	}
}

// A name that somebody takes in the moment between looking and completing is not taken from
// them: the condition is the store's.
func TestNameTakenInBetween(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for _, want := range []destination.Level{destination.Hash, destination.Bytes} {
		for _, replace := range []bool{false, true} {
			config := g.config(g.Bucket(t), &destinationtest.Wire{})
			p := tapped(&config)
			f, content := testFile("report.csv", 1000, want)
			s := mustConnect(t, config)
			if replace {
				g.put(t, config.Bucket, "brand/out/report.csv", []byte("older"))
			}
			require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
			p.before = func(r *http.Request) {
				if isComplete(r) {
					g.put(t, config.Bucket, "brand/out/report.csv", []byte("theirs"))
				}
			}
			err := s.Publish(t.Context(), f, testToken, replace)
			require.True(t, fault.Is(err, map[bool]fault.Kind{false: fault.Collision, true: fault.Conflict}[replace]), "%v", err)
			got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, []byte("theirs"), got)
			p.before = nil
			require.NoError(t, s.Publish(t.Context(), f, testToken, true))
			got, _ = g.get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, content, got)
			require.Zero(t, g.Temps(t, config.Bucket))
		}
	}
}

// Over TLS the payload is not signed once more; who has another certificate, or none, is told
// so.
func TestTLS(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	plain, err := url.Parse(g.URL)
	require.NoError(t, err)
	front := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(plain)
		r.Out.Host = r.In.Host // it is signed
	}})
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who do not trust it
	front.StartTLS()
	t.Cleanup(front.Close)
	config := g.config(g.Bucket(t), &destinationtest.Wire{})
	config.Endpoint, config.HTTP = front.URL, front.Client()
	p := tapped(&config)
	f, content := testFile("report.csv", 1000, destination.Hash)
	deliver(t, mustConnect(t, config), f)
	got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)
	for _, r := range p.seen {
		if r.Method == http.MethodPut {
			require.Equal(t, "UNSIGNED-PAYLOAD", r.Header.Get("X-Amz-Content-Sha256"))
		}
	}
	for name, c := range map[string]struct {
		endpoint string
		kind     fault.Kind
		field    string
	}{
		"a certificate of nobody we know": {front.URL, fault.PermissionDenied, "roots"},
		"no TLS there":                    {strings.Replace(g.URL, "http:", "https:", 1), fault.InvalidSpec, "endpoint"},
		"TLS there":                       {strings.Replace(front.URL, "https:", "http:", 1), fault.InvalidSpec, "endpoint"},
	} {
		config.Endpoint, config.HTTP = c.endpoint, &http.Client{Transport: &http.Transport{}}
		f, _ := testFile("other.csv", 1000, destination.Hash)
		for verb, err := range map[string]error{
			"upload": mustConnect(t, config).Upload(t.Context(), f, testToken, func(int64) {}),
			"probe":  probed(t, config),
		} {
			var said *fault.Error
			require.ErrorAs(t, err, &said, "%s, %s", name, verb)
			require.Equal(t, c.kind, said.Kind, "%s, %s: %v", name, verb, err)
			require.Equal(t, c.field, said.Field, "%s, %s: %v", name, verb, err)
			require.NotEmpty(t, said.Fix)
		}
	}
	require.Zero(t, g.Temps(t, config.Bucket))
}

func probed(t *testing.T, config Config) error {
	_, err := mustNew(t, config).Probe(t.Context())
	return err
}

// Without keys the worker is who its environment says: variables, or the role of its
// container.
func TestWorkersOwnRole(t *testing.T) {
	g := startGateway(t)
	config := g.config(g.Bucket(t), &destinationtest.Wire{})
	config.AccessKey, config.SecretKey, config.Ambient = nil, nil, true
	for _, name := range []string{"AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	role := http.NotFoundHandler()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { role.ServeHTTP(w, r) }))
	t.Cleanup(service.Close)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.URL+"/role")
	f, content := testFile("report.csv", 1000, destination.Hash)
	err := mustConnect(t, config).Upload(t.Context(), f, testToken, func(int64) {})
	require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
	require.ErrorContains(t, err, "--allow 169.254.169.254:80")

	role = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"AccessKeyId": realtest.S3Key, "SecretAccessKey": realtest.S3Secret})
	})
	deliver(t, mustConnect(t, config), f)
	got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)

	role = http.NotFoundHandler()
	t.Setenv("AWS_ACCESS_KEY_ID", realtest.S3Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", realtest.S3Secret)
	f.Name = "other.csv"
	deliver(t, mustConnect(t, config), f)
	got, _ = g.get(t, config.Bucket, "brand/out/other.csv")
	require.Equal(t, content, got)
}
