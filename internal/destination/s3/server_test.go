package s3

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/realtest"
	"transporter/internal/s3answer"
)

const (
	testRegion = realtest.S3Region
	testToken  = "00112233445566aa"
)

type secret string

func (s secret) Reveal() string { return string(s) }

// gateway is one running versitygw.
type gateway struct{ *realtest.S3 }

func startGateway(t testing.TB) *gateway {
	t.Helper()
	return &gateway{realtest.StartS3(t)}
}

// config is that of a destination in the bucket, over the wire.
func (g *gateway) config(bucket string, w *destinationtest.Wire) Config {
	return Config{
		Bucket: bucket, Prefix: "brand/out", Endpoint: g.URL, PathStyle: true, Part: minPart,
		AccessKey: secret(realtest.S3Key), SecretKey: secret(realtest.S3Secret),
		HTTP: &http.Client{Transport: &http.Transport{DialContext: w.Dial}}, Buffers: NewBuffers(2),
	}
}

func mustNew(t testing.TB, c Config) *Destination {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}

func mustConnect(t testing.TB, c Config) destination.Session {
	t.Helper()
	return destinationtest.Connect(t, mustNew(t, c))
}

func (g *gateway) put(t testing.TB, bucket, key string, content []byte) {
	t.Helper()
	_, err := g.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
	require.NoError(t, err)
}

func (g *gateway) get(t testing.TB, bucket, key string) ([]byte, bool) {
	t.Helper()
	out, err := g.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if s3answer.Code(err) == codeNoKey {
		return nil, false
	}
	require.NoError(t, err)
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return content, true
}

// damage flips the last byte of temporary objects and of parts, where the server keeps
// them.
func (g *gateway) damage(t testing.TB, bucket string) {
	t.Helper()
	g.spoil(t, bucket, func(file *os.File, last int64) { realtest.FlipLast(t, file, last) })
}

// shorten takes their last byte away.
func (g *gateway) shorten(t testing.TB, bucket string) {
	t.Helper()
	g.spoil(t, bucket, func(file *os.File, last int64) { require.NoError(t, file.Truncate(last)) })
}

// spoil opens every temporary object and part that is not empty.
func (g *gateway) spoil(t testing.TB, bucket string, spoil func(file *os.File, last int64)) {
	t.Helper()
	temporary := func(path string) bool {
		return strings.HasSuffix(path, ".part") || strings.Contains(path, "/.sgwtmp/multipart/")
	}
	require.Positive(t, realtest.Spoil(t, filepath.Join(g.Data, bucket), temporary, spoil), "nothing to spoil")
}
