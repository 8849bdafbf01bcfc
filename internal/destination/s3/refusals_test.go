package s3

import (
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/realtest"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	bucket := g.Bucket(t)
	cases := []struct {
		name string
		edit func(c *Config)
		file string
		want destinationtest.Refusal
	}{
		{name: "missing bucket", edit: func(c *Config) { c.Bucket = "no-such-bucket" }, want: destinationtest.Refusal{Kind: fault.NotFound, Field: "bucket", Text: "create the bucket"}},
		{name: "denied", edit: func(c *Config) {
			c.AccessKey, c.SecretKey = secret(realtest.StrangerKey), secret(realtest.StrangerSecret)
		}, want: destinationtest.Refusal{Kind: fault.PermissionDenied, Text: "s3:PutObject"}},
		{name: "wrong region", edit: func(c *Config) { c.Region = "eu-west-1" }, want: destinationtest.Refusal{Kind: fault.InvalidSpec, Field: "region", Text: testRegion}},
		{name: "wrong secret", edit: func(c *Config) { c.SecretKey = secret("not-the-secret") }, want: destinationtest.Refusal{Kind: fault.AuthFailed, Field: "credentials", Text: "secret"}},
		{name: "unknown key", edit: func(c *Config) { c.AccessKey = secret("nobody") }, want: destinationtest.Refusal{Kind: fault.AuthFailed, Field: "credentials"}},
		{name: "long name", file: strings.Repeat("x/", 600) + "y", want: destinationtest.Refusal{Kind: fault.InvalidSpec, Field: "fileName", Text: "shorten"}},
		{name: "nobody answers", edit: func(c *Config) { c.Endpoint = "http://" + realtest.FreeAddress(t) }, want: destinationtest.Refusal{Kind: fault.Upstream, Text: "refused"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := g.config(bucket, &destinationtest.Wire{})
			if c.edit != nil {
				c.edit(&config)
			}
			if c.file == "" {
				c.file = "report.csv"
			}
			f, _ := testFile(c.file, 1000, destination.Hash)
			destinationtest.Refuses(t, mustNew(t, config), f, c.want, "not-the-secret")
		})
	}
	t.Cleanup(func() { require.Zero(t, g.Temps(t, bucket)) })
}

// Answers that no server on this machine gives.
func TestMeaningsOfCodes(t *testing.T) {
	t.Parallel()
	s := &session{d: mustNew(t, (&gateway{&realtest.S3{URL: "http://127.0.0.1:1"}}).config("bucket", &destinationtest.Wire{}))}
	for code, want := range map[string]struct {
		kind  fault.Kind
		field string
	}{
		"ExpiredToken":          {fault.AuthFailed, "credentials"},
		"RequestTimeTooSkewed":  {fault.Upstream, ""},
		"PermanentRedirect":     {fault.InvalidSpec, "region"},
		"KMS.NotFoundException": {fault.InvalidSpec, "kmsKeyId"},
		"SlowDown":              {fault.RateLimited, ""},
		"QuotaExceeded":         {fault.StorageFull, ""},
		"NotImplemented":        {fault.InvalidSpec, "profile"},
		"BadDigest":             {fault.IntegrityMismatch, ""},
		"KeyTooLongError":       {fault.InvalidSpec, "fileName"},
		"InternalError":         {fault.Upstream, ""},
	} {
		t.Run(code, func(t *testing.T) {
			err := s.classify(t.Context(), "upload", "report.csv", &smithy.GenericAPIError{Code: code, Message: "said the store"})
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, want.kind, said.Kind)
			require.Equal(t, want.field, said.Field)
			require.Contains(t, err.Error(), "said the store")
			require.Contains(t, err.Error(), "report.csv")
		})
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for field, edit := range map[string]func(c *Config){
		"bucket":      func(c *Config) { c.Bucket = "s3://bucket" },
		"prefix":      func(c *Config) { c.Prefix = "../up" },
		"region":      func(c *Config) { c.Endpoint, c.Region = "", "" },
		"endpoint":    func(c *Config) { c.Endpoint = "s3.example.org" },
		"profile":     func(c *Config) { c.Profile = "minio" },
		"sse":         func(c *Config) { c.Encryption = "yes" },
		"kmsKeyId":    func(c *Config) { c.KMSKey = "alias/a" },
		"credentials": func(c *Config) { c.SecretKey = nil },
	} {
		t.Run(field, func(t *testing.T) {
			c := (&gateway{&realtest.S3{URL: "http://127.0.0.1:1"}}).config("bucket", &destinationtest.Wire{})
			edit(&c)
			_, err := New(c)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, fault.InvalidSpec, said.Kind)
			require.Equal(t, field, said.Field)
		})
	}
}

// testFile returns a file of random bytes with a journal of its own.
func testFile(name string, size int, want destination.Level) (destination.File, []byte) {
	return destinationtest.NewFile(name, size, want)
}
