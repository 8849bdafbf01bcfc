package realtest

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// The users of a private S3 server, and its region.
const (
	S3Key    = "test" // owns every bucket
	S3Secret = "test-secret"

	StrangerKey    = "stranger" // may log in and do nothing
	StrangerSecret = "stranger-secret"

	S3Region = "us-east-1"
)

// S3 is a running server, with a client of the vendor's for looking behind our own.
type S3 struct {
	URL  string
	Data string // the folder that holds a folder for each bucket
	*s3.Client
}

// StartS3 runs versitygw, with further flags, until the test ends.
func StartS3(t testing.TB, flags ...string) *S3 {
	t.Helper()
	address, users, data := FreeAddress(t), t.TempDir(), t.TempDir()
	list := `{"accessAccounts":{"` + StrangerKey + `":{"access":"` + StrangerKey + `","secret":"` + StrangerSecret + `","role":"user"}}}`
	require.NoError(t, os.WriteFile(filepath.Join(users, "users.json"), []byte(list), 0o600))
	args := append([]string{"-p", address, "--health", "/health", "--quiet", "--iam-dir", users}, flags...)
	c := exec.Command(Tool(t, "VERSITYGW", "versitygw"), append(args, "posix", data)...)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+S3Key, "ROOT_SECRET_ACCESS_KEY="+S3Secret)
	serve(t, c, "http://"+address+"/health")
	return newS3(address, data)
}

// StartMinIO runs MinIO, a second server of another make, until the test ends. It takes many
// minutes to build: only slow tests ask for it.
func StartMinIO(t testing.TB) *S3 {
	t.Helper()
	address, data := FreeAddress(t), t.TempDir()
	c := exec.Command(Tool(t, "MINIO", "minio"), "server", "--quiet", "--address", address, "--console-address", FreeAddress(t), data)
	c.Env = append(os.Environ(), "MINIO_ROOT_USER="+S3Key, "MINIO_ROOT_PASSWORD="+S3Secret)
	serve(t, c, "http://"+address+"/minio/health/ready")
	return newS3(address, data)
}

func newS3(address, data string) *S3 {
	url := "http://" + address
	return &S3{URL: url, Data: data, Client: s3.New(s3.Options{
		Region: S3Region, BaseEndpoint: &url, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(S3Key, S3Secret, ""),
	})}
}

// Bucket makes a new bucket and returns its name.
func (s *S3) Bucket(t testing.TB) string {
	t.Helper()
	name := "case-" + strings.ToLower(rand.Text())
	_, err := s.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(name)})
	require.NoError(t, err)
	return name
}

// Temps counts open uploads, and objects that end in ".part".
func (s *S3) Temps(t testing.TB, bucket string) int {
	t.Helper()
	ctx := context.Background() // also while the test is cleaned up
	uploads, err := s.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	require.NoError(t, err)
	objects, err := s.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	n := len(uploads.Uploads)
	for _, o := range objects.Contents {
		if strings.HasSuffix(*o.Key, ".part") {
			n++
		}
	}
	return n
}
