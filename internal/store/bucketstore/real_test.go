package bucketstore_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/store"
	"transporter/internal/store/storetest"
)

// readyWithin is how long a server on this machine may take to answer.
const readyWithin = 20 * time.Second

// server returns the path of a test server: from its variable, the tools folder or PATH.
// It must be there when REQUIRE_REAL=1.
func server(t *testing.T, variable, name string) string {
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

// start runs the server until the test ends and waits until the health address answers.
func start(t *testing.T, c *exec.Cmd, health string) {
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

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// startS3 starts versitygw and returns a store URL's query for it.
func startS3(t *testing.T) (query string, client *s3.Client) {
	t.Helper()
	address, data := freeAddress(t), t.TempDir()
	c := exec.Command(server(t, "VERSITYGW", "versitygw"), "-p", address, "--health", "/health", "--quiet", "posix", data)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID=test", "ROOT_SECRET_ACCESS_KEY=test-secret")
	start(t, c, "http://"+address+"/health")
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion("us-east-1"))
	require.NoError(t, err)
	client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String("http://"+address), true
	})
	return "?endpoint=http://" + address, client
}

func TestS3(t *testing.T) {
	ctx := context.Background()
	query, client := startS3(t)
	bucket := func(t *testing.T) string {
		name := "suite-" + fmt.Sprint(time.Now().UnixNano())
		_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
		require.NoError(t, err)
		return name
	}
	open := func(t *testing.T, path string) store.Store {
		st, err := store.Open(ctx, "s3://"+path+query)
		require.NoError(t, err)
		return st
	}
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, bucket(t)) })
	t.Run("prefix", func(t *testing.T) {
		name := bucket(t)
		_, err := open(t, name+"/deep/inside").Put(ctx, "k", strings.NewReader("x"))
		require.NoError(t, err)
		_, err = open(t, name).Stat(ctx, "deep/inside/k")
		require.NoError(t, err)
	})
	t.Run("no bucket", func(t *testing.T) {
		_, err := store.Open(ctx, "s3://no-such-bucket"+query)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	})
	t.Run("bucket goes", func(t *testing.T) {
		name := bucket(t)
		st := open(t, name)
		_, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
		require.NoError(t, err)
		_, err = st.Open(ctx, "k", 0)
		require.NotErrorIs(t, err, store.ErrNotExist, "a missing bucket is not a missing object")
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	})
	t.Run("wrong secret", func(t *testing.T) {
		name := bucket(t)
		t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
		_, err := store.Open(ctx, "s3://"+name+query)
		require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
		require.NotContains(t, err.Error(), "wrong")
	})
}

// TestGCS runs against an emulator: it checks our use of the API, not the service.
func TestGCS(t *testing.T) {
	ctx := context.Background()
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	start(t, exec.Command(server(t, "FAKE_GCS_SERVER", "fake-gcs-server"), "-scheme", "http", "-host", host, "-port", port,
		"-backend", "memory", "-public-host", address, "-external-url", "http://"+address),
		"http://"+address+"/_internal/healthcheck")
	t.Setenv("STORAGE_EMULATOR_HOST", address)
	client, err := storage.NewClient(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	storetest.Run(t, func(t *testing.T) store.Store {
		name := "suite-" + fmt.Sprint(time.Now().UnixNano())
		require.NoError(t, client.Bucket(name).Create(ctx, "project", nil))
		st, err := store.Open(ctx, "gs://"+name)
		require.NoError(t, err)
		return st
	})
	_, err = store.Open(ctx, "gs://no-such-bucket")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}
