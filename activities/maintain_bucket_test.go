package activities

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/store"
	_ "transporter/internal/store/bucketstore" // s3:// and gs://
)

// A bucket tells the time of its objects itself: four weeks later the cloud store in it is
// emptied, and nothing else of the account.
func TestCloudStoreInABucketIsEmptiedAfterItsTerm(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) string{"S3": s3Bucket, "Google": googleBucket} {
		t.Run(name, func(t *testing.T) {
			st, err := store.Open(t.Context(), open(t))
			require.NoError(t, err)
			k := newKept(t)
			k.Kept.Store = st
			for _, key := range []string{"cloud/acme/d1/files/a.csv", "cloud/acme/d1/temp/0123456789abcdef/b.csv", "cloud/acme2/d1/files/c.csv", "receipts/acme/t1/r"} {
				_, err := st.Put(t.Context(), key, strings.NewReader("x"))
				require.NoError(t, err)
			}
			k.now = time.Now().AddDate(0, 0, 27)
			require.Len(t, k.left("cloud/acme/"), 2)
			k.now = time.Now().AddDate(0, 0, 29)
			require.Empty(t, k.left("cloud/acme/"))
			require.Len(t, k.left("cloud/acme2/"), 1)
			require.Len(t, k.left("receipts/acme/"), 1)
		})
	}
}

func s3Bucket(t *testing.T) string {
	server := realtest.StartS3(t)
	t.Setenv("AWS_ACCESS_KEY_ID", realtest.S3Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", realtest.S3Secret)
	return "s3://" + server.Bucket(t) + "?endpoint=" + server.URL
}

func googleBucket(t *testing.T) string {
	t.Setenv("STORAGE_EMULATOR_HOST", realtest.StartGCS(t))
	client, err := storage.NewClient(t.Context())
	require.NoError(t, err)
	defer client.Close()
	name := "case-" + strings.ToLower(rand.Text())
	require.NoError(t, client.Bucket(name).Create(t.Context(), "project", nil))
	return "gs://" + name
}
