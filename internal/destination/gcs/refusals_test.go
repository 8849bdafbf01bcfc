package gcs

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/gcstest"
)

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	bucket := g.Bucket(t)
	cases := []struct {
		name string
		edit func(c *Config)
		file string
		want destinationtest.Refusal
	}{
		{name: "missing bucket", edit: func(c *Config) { c.Bucket = "no-such-bucket" }, want: destinationtest.Refusal{Kind: fault.NotFound, Field: "bucket", Text: "create the bucket"}},
		{name: "denied", edit: func(c *Config) { c.ServiceAccount = secret(g.Stranger(t)) }, want: destinationtest.Refusal{Kind: fault.PermissionDenied, Text: "Storage Object User"}},
		{name: "deleted account", edit: func(c *Config) { c.ServiceAccount = secret(g.Deleted(t)) }, want: destinationtest.Refusal{Kind: fault.AuthFailed, Field: "credentials", Text: "invalid_grant"}},
		{name: "key of another account", edit: func(c *Config) {
			c.ServiceAccount = secret(swapped(t, g.ServiceAccount(t), g.ServiceAccount(t)))
		}, want: destinationtest.Refusal{Kind: fault.AuthFailed, Field: "credentials", Text: "enter the key"}},
		{name: "long name", file: strings.Repeat("x/", 600) + "y", want: destinationtest.Refusal{Kind: fault.InvalidSpec, Field: "fileName", Text: "shorten"}},
		{name: "nobody answers", edit: func(c *Config) { c.Endpoint = "http://" + freeAddress(t) }, want: destinationtest.Refusal{Kind: fault.Upstream, Text: "refused"}},
		{name: "no TLS there", edit: func(c *Config) { c.Endpoint = strings.Replace(c.Endpoint, "http:", "https:", 1) }, want: destinationtest.Refusal{Kind: fault.InvalidSpec, Field: "endpoint", Text: "speaks no TLS"}},
		{name: "no token service", edit: func(c *Config) {
			c.ServiceAccount = secret(strings.Replace(c.ServiceAccount.Reveal(), g.URL+"/token", "http://"+freeAddress(t)+"/token", 1))
		}, want: destinationtest.Refusal{Kind: fault.Upstream, Text: "refused"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := testConfig(t, g, bucket, &destinationtest.Wire{})
			if c.edit != nil {
				c.edit(&config)
			}
			if c.file == "" {
				c.file = "report.csv"
			}
			f, _ := destinationtest.NewFile(c.file, 1000, destination.Hash)
			destinationtest.Refuses(t, mustNew(t, config), f, c.want, "PRIVATE KEY")
			require.Empty(t, g.Names(t, bucket))
			require.Zero(t, g.Temps(t, bucket))

			_, err := mustNew(t, config).Probe(t.Context())
			if c.file == "report.csv" {
				require.True(t, fault.Is(err, c.want.Kind), "the probe: %v", err)
			}
		})
	}
}

// swapped returns the first account with the private key of the second.
func swapped(t *testing.T, first, second string) string {
	var a, b map[string]string
	require.NoError(t, json.Unmarshal([]byte(first), &a))
	require.NoError(t, json.Unmarshal([]byte(second), &b))
	a["private_key"] = b["private_key"]
	text, err := json.Marshal(a)
	require.NoError(t, err)
	return string(text)
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// Answers that no server on this machine gives.
func TestMeaningsOfAnswers(t *testing.T) {
	t.Parallel()
	s := &session{d: &Destination{config: Config{Bucket: "bucket"}}}
	for name, c := range map[string]struct {
		told  googleapi.Error
		kind  fault.Kind
		field string
	}{
		"token not valid":    {googleapi.Error{Code: 401}, fault.AuthFailed, "credentials"},
		"too often, as 403":  {googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: "rateLimitExceeded"}}}, fault.RateLimited, ""},
		"too often":          {googleapi.Error{Code: 429}, fault.RateLimited, ""},
		"forbidden":          {googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: "forbidden"}}}, fault.PermissionDenied, ""},
		"wrong CRC32C":       {googleapi.Error{Code: 400, Message: "Provided CRC32C doesn't match calculated CRC32C"}, fault.IntegrityMismatch, ""},
		"impossible bucket":  {googleapi.Error{Code: 400, Message: "Invalid bucket name: 'X'"}, fault.InvalidSpec, "bucket"},
		"requester pays":     {googleapi.Error{Code: 400, Message: "Bucket is a requester pays bucket but no user project provided."}, fault.InvalidSpec, "bucket"},
		"no words of theirs": {googleapi.Error{Code: 400}, fault.InvalidSpec, "endpoint"},
		"too large":          {googleapi.Error{Code: 413}, fault.InvalidSpec, "parts"},
		"trouble over there": {googleapi.Error{Code: 500}, fault.Upstream, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.classify(t.Context(), "upload", "report.csv", &c.told)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, c.kind, said.Kind)
			require.Equal(t, c.field, said.Field)
			require.Contains(t, err.Error(), "report.csv in bucket bucket")
		})
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	good := Config{Bucket: "bucket", ServiceAccount: secret(`{}`), HTTP: http.DefaultClient}
	for name, c := range map[string]struct {
		field string
		edit  func(c *Config)
	}{
		"bucket with scheme":  {"bucket", func(c *Config) { c.Bucket = "gs://bucket" }},
		"prefix that climbs":  {"prefix", func(c *Config) { c.Prefix = "../up" }},
		"endpoint, no scheme": {"endpoint", func(c *Config) { c.Endpoint = "storage.example.org" }},
		"endpoint with path":  {"endpoint", func(c *Config) { c.Endpoint = "https://storage.example.org/v1" }},
		"odd chunk":           {"chunk", func(c *Config) { c.Chunk = 1000 }},
		"no key":              {"credentials.serviceAccount", func(*Config) {}},
		"a user's login": {"credentials.serviceAccount", func(c *Config) {
			c.ServiceAccount = secret(`{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c"}`)
		}},
		"a file of the worker's": {"credentials.serviceAccount", func(c *Config) {
			c.ServiceAccount = secret(`{"type":"external_account","audience":"a","subject_token_type":"b","token_url":"https://sts.googleapis.com/v1/token","credential_source":{"file":"/etc/passwd"}}`)
		}},
		"broken key": {"credentials.serviceAccount", func(c *Config) {
			c.ServiceAccount = secret(`{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			c.edit(&config)
			_, err := New(config)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, fault.InvalidSpec, said.Kind)
			require.Equal(t, c.field, said.Field)
			require.NotContains(t, err.Error(), "PRIVATE")
		})
	}
}

// Without credentials the worker is who its environment says: its key file, else its machine.
func TestWorkersOwnIdentity(t *testing.T) {
	g := gcstest.Start(t)
	config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
	file, machine := config.ServiceAccount.Reveal(), http.NotFoundHandler()
	config.ServiceAccount = nil
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { machine.ServeHTTP(w, r) }))
	defer service.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(service.URL, "http://"))
	t.Setenv(keyFileVariable, "")

	f, content := destinationtest.NewFile("report.csv", 1000, destination.Hash)
	err := mustConnect(t, config).Upload(t.Context(), f, testToken, func(int64) {})
	require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
	require.ErrorContains(t, err, "--allow 169.254.169.254:80")

	machine = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Google", r.Header.Get("Metadata-Flavor"))
		require.Equal(t, "/computeMetadata/v1/instance/service-accounts/default/token", r.URL.Path)
		require.Equal(t, scope, r.URL.Query().Get("scopes"))
		json.NewEncoder(w).Encode(map[string]any{"access_token": g.Token(), "token_type": "Bearer", "expires_in": 3000})
	})
	deliver(t, mustConnect(t, config), f)
	got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)

	machine = http.NotFoundHandler()
	t.Setenv(keyFileVariable, keyFile(t, file))
	f.Name = "other.csv"
	deliver(t, mustConnect(t, config), f)
	got, _ = g.Get(t, config.Bucket, "brand/out/other.csv")
	require.Equal(t, content, got)

	t.Setenv(keyFileVariable, keyFile(t, "{}"))
	_, err = New(config)
	require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
	require.ErrorContains(t, err, keyFileVariable)
}

func keyFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
