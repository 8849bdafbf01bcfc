package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
)

const (
	accessKey, secretKey = "test", "test-secret"
	// strangerKey may log in and do nothing.
	strangerKey, strangerSecret = "stranger", "stranger-secret"
	// readyWithin is how long a server on this machine may take to answer.
	readyWithin = 20 * time.Second
	testRegion  = "us-east-1"
	testToken   = "00112233445566aa"
)

type secret string

func (s secret) Reveal() string { return string(s) }

// gateway is one running versitygw with a client that does not go through the adapter.
type gateway struct {
	url, data string
	api       *s3.Client
}

// tool returns the path of a program: from its variable, the tools folder or PATH. It must
// be there when REQUIRE_REAL=1.
func tool(t testing.TB, variable, name string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	if path, err := filepath.Abs(filepath.Join("../../../tools/bin", name)); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("REQUIRE_REAL") == "1" {
		t.Fatalf("REQUIRE_REAL=1: %s is in none of $%s, tools/bin and PATH", name, variable)
	}
	if err != nil {
		t.Skipf("%s is in none of $%s, tools/bin and PATH", name, variable)
	}
	return path
}

// run runs a server until the test ends and waits until the health address answers.
func run(t testing.TB, c *exec.Cmd, health string) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	require.NoError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-ended
	})
	answers := func() bool {
		response, err := http.Get(health)
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}
	require.Eventually(t, answers, readyWithin, 20*time.Millisecond, "the server does not answer at %s", health)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// startGateway runs versitygw with two users.
func startGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{data: t.TempDir()}
	address, users := freeAddress(t), t.TempDir()
	list := `{"accessAccounts":{"` + strangerKey + `":{"access":"` + strangerKey + `","secret":"` + strangerSecret + `","role":"user"}}}`
	require.NoError(t, os.WriteFile(filepath.Join(users, "users.json"), []byte(list), 0o600))
	c := exec.Command(tool(t, "VERSITYGW", "versitygw"), "-p", address, "--health", "/health", "--quiet", "--iam-dir", users, "posix", g.data)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+accessKey, "ROOT_SECRET_ACCESS_KEY="+secretKey)
	run(t, c, "http://"+address+"/health")
	g.url = "http://" + address
	g.api = client3(g.url)
	return g
}

// client3 is a client of the vendor's, for looking behind the adapter.
func client3(url string) *s3.Client {
	return s3.New(s3.Options{
		Region: testRegion, BaseEndpoint: aws.String(url), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	})
}

// bucket makes a new one.
func (g *gateway) bucket(t testing.TB) string {
	t.Helper()
	name := "case-" + strings.ToLower(rand.Text())
	_, err := g.api.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name})
	require.NoError(t, err)
	return name
}

// config is that of a destination in the bucket, over the wire.
func (g *gateway) config(bucket string, w *wire) Config {
	return Config{
		Bucket: bucket, Prefix: "brand/out", Endpoint: g.url, PathStyle: true, Part: minPart,
		AccessKey: secret(accessKey), SecretKey: secret(secretKey),
		HTTP: &http.Client{Transport: &http.Transport{DialContext: w.dial}}, Buffers: NewBuffers(2),
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
	s, err := mustNew(t, c).Connect(t.Context())
	require.NoError(t, err)
	return s
}

func (g *gateway) put(t testing.TB, bucket, key string, content []byte) {
	t.Helper()
	_, err := g.api.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
	require.NoError(t, err)
}

func (g *gateway) get(t testing.TB, bucket, key string) ([]byte, bool) {
	t.Helper()
	out, err := g.api.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if codeOf(err) == codeNoKey {
		return nil, false
	}
	require.NoError(t, err)
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return content, true
}

// temps counts open uploads and temporary objects.
func (g *gateway) temps(t testing.TB, bucket string) int {
	t.Helper()
	uploads, err := g.api.ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	require.NoError(t, err)
	objects, err := g.api.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	n := len(uploads.Uploads)
	for _, o := range objects.Contents {
		if strings.HasSuffix(*o.Key, ".part") {
			n++
		}
	}
	return n
}

// damage flips the last byte of temporary objects and of parts, where the server keeps
// them.
func (g *gateway) damage(t testing.TB, bucket string) {
	t.Helper()
	damaged := 0
	err := filepath.WalkDir(filepath.Join(g.data, bucket), func(path string, entry os.DirEntry, err error) error {
		temporary := strings.HasSuffix(path, ".part") || strings.Contains(path, "/.sgwtmp/multipart/")
		if err != nil || !entry.Type().IsRegular() || !temporary {
			return err
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || info.Size() == 0 {
			return err
		}
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
		damaged++
		last[0] ^= 1
		_, err = file.WriteAt(last, info.Size()-1)
		return err
	})
	require.NoError(t, err)
	require.Positive(t, damaged, "nothing to damage")
}

// wire dials, counts what is sent, breaks connections and flips bytes on demand.
type wire struct {
	sent atomic.Int64
	flip atomic.Bool
	mu   sync.Mutex
	all  []net.Conn
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, conn)
	return &wireConn{conn, w}, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.all {
		conn.Close()
	}
	w.all = nil
}

// cutOne breaks the connection that was made last.
func (w *wire) cutOne() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[len(w.all)-1].Close()
}

type wireConn struct {
	net.Conn
	wire *wire
}

// Write flips a byte in the middle of a body, never in a head.
func (c *wireConn) Write(p []byte) (int, error) {
	const body = 16 << 10
	if len(p) >= body && c.wire.flip.CompareAndSwap(true, false) {
		p = bytes.Clone(p)
		p[len(p)/2] ^= 1
	}
	n, err := c.Conn.Write(p)
	c.wire.sent.Add(int64(n))
	return n, err
}
