package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// What one task publishes into a bucket as a platform does, in encrypted splits, a source reads from that
// bucket: another task delivers the same rows.
func testFeedPublished(t *testing.T, f *feedStack) {
	t.Parallel()
	window := f.hours(5, 7)
	publisher := f.with(t, f.feedSource(""))
	want := publisher.feedTask(t, "convos_metrics", "leaf")
	want.delivers(t, window)
	bucket := f.store.Bucket(t)
	s := feedSpec("asapp.convos_metrics", "leaf")
	s.Frequency, s.Start, s.End = task.Frequency{Kind: task.Interval, Every: task.Duration(f.hours(5, 6).To.Sub(window.From))}, &window.From, &window.To
	s.Parts.Entries = 15
	s.Destinations = []task.Leg{{
		Destination: publisher.destination(t, s3Body(f.store, bucket)), Path: "exports", Layout: task.LayoutPartitioned, Feed: "convos_metrics",
		Compression: task.CompressionGzip, Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{publisher.key}},
	}}
	published := publisher.task(t, s)

	own := f.feedSource("exports", httpapi.DecryptKey{PrivateKey: httpapi.SecretValue(receiver(t).Private), Passphrase: httpapi.SecretValue(passphrase)})
	own.Feeds.S3.Bucket = bucket
	reader := f.with(t, own)
	got := reader.feedTask(t, "convos_metrics", "leaf")
	run := got.begins(t, window)
	eventually(t, "both hours are published", func() bool {
		runs, err := publisher.api.Runs(t.Context(), publisher.account, apiclient.RunFilter{Task: published})
		require.NoError(t, err)
		return len(runs) == 2 && !slices.ContainsFunc(runs, func(r httpapi.RunView) bool { return r.Outcome != contract.OutcomeDelivered })
	})
	got.goesOn(t, run)
	require.Equal(t, plainRows(t, want.has(t)), plainRows(t, got.has(t)))

	list, err := f.store.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	var names []string
	for _, o := range list.Contents {
		names = append(names, strings.TrimPrefix(*o.Key, "exports/convos_metrics/version=1/format=jsonl/dt="+window.From.Format("2006-01-02")+"/"))
	}
	t.Log(names)
	for _, name := range []string{"hr=05/_SUCCESS", "hr=05/convos_metrics.jsonl.00.gz.enc", "hr=05/convos_metrics.jsonl.01.gz.enc", "hr=06/_SUCCESS"} {
		require.Contains(t, names, name)
	}
}

// plainRows are rows by what the table says, without where they were read. What is no column when it is
// read back is all in extra.
func plainRows(t *testing.T, rows []feedRow) (plain []string) {
	t.Helper()
	for _, r := range rows {
		var m, extra map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.raw), &m))
		switch x := m["extra"].(type) {
		case string:
			require.NoError(t, json.Unmarshal([]byte(x), &extra))
		case map[string]any:
			extra = x
		}
		if _, again := extra["feed_leaf"]; again {
			require.Equal(t, r.Leaf, extra["feed_leaf"])
			m["extra"] = extra["extra"]
		}
		for _, where := range []string{"feed_leaf", "feed_file", "feed_line"} {
			delete(m, where)
		}
		text, err := json.Marshal(m)
		require.NoError(t, err)
		plain = append(plain, string(text))
	}
	require.NotEmpty(t, plain)
	slices.Sort(plain)
	return plain
}
