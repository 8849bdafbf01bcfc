package bucketstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"transporter/internal/fault"
	"transporter/internal/realtest"
	"transporter/internal/store"
	"transporter/internal/store/storetest"
)

// startS3 starts a server and returns a store URL's query for it.
func startS3(t *testing.T) (query string, server *realtest.S3) {
	t.Helper()
	server = realtest.StartS3(t)
	t.Setenv("AWS_ACCESS_KEY_ID", realtest.S3Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", realtest.S3Secret)
	return "?endpoint=" + server.URL, server
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
	t.Run("neighbours come and go", func(t *testing.T) {
		st := open(t, bucket(t))
		work, ctx := errgroup.WithContext(ctx)
		for worker := range 8 {
			key := fmt.Sprintf("temp/%d/folder/object", worker)
			work.Go(func() error {
				for range 200 {
					if _, err := st.Put(ctx, key, strings.NewReader("x")); err != nil {
						return err
					}
					if err := st.Delete(ctx, key); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, work.Wait())
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
	address := realtest.StartGCS(t)
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
