package main

import (
	"context"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

func TestFeedsAreExportedAtTheStart(t *testing.T) {
	server := realtest.StartS3(t)
	o, err := parse(t, nil, "--listen=127.0.0.1:0", "--domain-listen=127.0.0.1:0", "--state="+filepath.Join(t.TempDir(), "state"),
		"--now=2026-11-20T12:00:00Z", "--account=12345678=1000", "--feeds-s3-endpoint="+server.URL, "--feeds-bucket=exports", "--feeds-access-key="+realtest.S3Key,
		"--feeds-secret-key="+realtest.S3Secret, "--feeds-dir="+server.Data, "--feeds-days=2", "--feeds-table=intents", "--feeds-table=reps", "--feeds-scenario=plain hour")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var out lines
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, &out, time.Now) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "sandbox ready\n") }, 2*time.Minute, 10*time.Millisecond)
	require.Contains(t, out.String(), "feeds       s3://exports at "+server.URL+", 2 days\n")
	require.NotContains(t, out.String(), realtest.S3Secret)
	for _, key := range []string{
		"intents/version=1/format=jsonl/dt=2026-11-18/_SUCCESS", "reps/version=1/format=jsonl/dt=2026-11-19/_SUCCESS",
		"plain-hour/convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=05/convos_metrics.jsonl",
	} {
		object, err := server.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("exports"), Key: &key})
		require.NoError(t, err, key)
		if strings.HasSuffix(key, ".jsonl") {
			require.Equal(t, "2026-11-19T06:05:00Z", object.LastModified.UTC().Format(time.RFC3339), "as old as the platform would have it")
		}
	}
	plain := regexp.MustCompile(`http://127\.0\.0\.1:\d+/_admin`).FindString(out.String())
	require.Contains(t, get(t, http.DefaultClient, plain+"/feeds/truth/reps"), `"leaf":"dt=2026-11-19"`)
	stop()
	require.NoError(t, <-ended)
}
