package bucketstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/store"
	_ "transporter/internal/store/bucketstore"
	"transporter/internal/store/storetest"
)

func TestMem(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		st, err := store.Open(context.Background(), "mem://")
		require.NoError(t, err)
		return st
	})
}

func TestBadURLs(t *testing.T) {
	for name, url := range map[string]string{
		"no bucket":         "s3://?region=eu-central-1",
		"unknown parameter": "s3://bucket?region=eu-central-1&acl=public",
		"path style":        "s3://bucket?region=eu-central-1&path_style=yes",
		"gs parameter":      "gs://bucket?region=x",
	} {
		_, err := store.Open(context.Background(), url)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", name, err)
	}
}
