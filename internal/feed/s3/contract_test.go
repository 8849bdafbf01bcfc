package s3

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/feed/doortest"
	"transporter/internal/realtest"
	"transporter/internal/seal"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"in a sub-folder": "/exports/acme/", "without a sub-folder": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := realtest.StartS3(t)
			c := config(g, g.Bucket(t))
			c.Prefix = prefix
			d := mustNew(t, c)
			doortest.Run(t, doortest.Storage{
				Door: d,
				Put:  func(t testing.TB, key string, content []byte) { put(t, g, c.Bucket, d.root+key, content) },
				Remove: func(t testing.TB, key string) {
					_, err := g.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &c.Bucket, Key: aws.String(d.root + key)})
					require.NoError(t, err)
				},
			})
		})
	}
}

func config(g *realtest.S3, bucket string) Config {
	return Config{
		Bucket: bucket, Endpoint: g.URL, PathStyle: true,
		AccessKey: seal.Secret(realtest.S3Key), SecretKey: seal.Secret(realtest.S3Secret),
		HTTP: &http.Client{Transport: &http.Transport{}}, Now: time.Now,
	}
}

func mustNew(t testing.TB, c Config) *Door {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}

func put(t testing.TB, g *realtest.S3, bucket, key string, content []byte) {
	t.Helper()
	_, err := g.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
	require.NoError(t, err)
}

// What the store says of its clock counts, whatever ours says.
func TestClockOfTheStore(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	for _, off := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute} {
		c := config(g, g.Bucket(t))
		c.Now = func() time.Time { return time.Now().Add(off) }
		d := mustNew(t, c)
		require.Zero(t, d.Ahead(), "nothing was answered yet")
		for range d.List(t.Context(), "") {
			t.Fatal("the bucket is empty")
		}
		require.InDelta(t, -off.Seconds(), d.Ahead().Seconds(), 5)
	}
}
