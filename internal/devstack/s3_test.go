package devstack

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/sandbox/feeds/s3bucket"
)

func TestTheS3ServerKeepsObjectsAsFiles(t *testing.T) {
	ports, err := FreePorts()
	require.NoError(t, err)
	s := &Stack{Config: Config{VersityGW: realtest.Tool(t, "VERSITYGW", "versitygw"), State: t.TempDir(), Ports: ports}}
	require.Empty(t, s.feedFlags(), "none before it runs")
	require.NoError(t, s.StartS3(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.Contains(t, s.feedFlags(), s.S3URL())
	b := s3bucket.New(s3bucket.Config{
		Endpoint: s.S3URL(), Region: "us-east-1", Bucket: FeedBucket, Key: S3Key, Secret: S3Secret, Dir: s.ObjectsDir(),
	})
	require.NoError(t, b.Make(t.Context()))
	require.NoError(t, b.Make(t.Context()), "it is there")
	require.NoError(t, b.Put(t.Context(), "a/b", []byte("x"), time.Unix(1, 0)))
	require.Equal(t, []string{"b"}, realtest.Files(t, s.ObjectsDir()+"/"+FeedBucket+"/a"))
	require.NoError(t, b.Delete(t.Context(), "a/b"))
	require.NoError(t, b.Delete(t.Context(), "a/b"), "it is gone already")
}
