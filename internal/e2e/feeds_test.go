package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/task"
)

const feedBucket = "asapp-prod-acme-exports-us-east-1"

// feedStack is a stack whose platform exports tables to a real S3 server.
type feedStack struct {
	*brand
	store *realtest.S3
}

func startFeeds(t *testing.T, flags ...string) *feedStack {
	t.Helper()
	store := realtest.StartS3(t)
	sandbox := append([]string{
		"--feeds-s3-endpoint", store.URL, "--feeds-bucket", feedBucket, "--feeds-dir", store.Data,
		"--feeds-access-key", realtest.S3Key, "--feeds-secret-key", realtest.S3Secret,
	}, flags...)
	s := start(t, options{sandbox: sandbox, worker: []string{"--allow", strings.TrimPrefix(store.URL, "http://")}})
	return &feedStack{s.brand(t), store}
}

// feedSource makes a source of what lies in a folder of the bucket.
func (f *feedStack) feedSource(t *testing.T, folder string) string {
	t.Helper()
	v, err := f.api.Sources(f.account).Create(t.Context(), httpapi.Source{
		Kind: "asapp", Description: "Exports " + folder, PlatformAccount: "acme",
		Feeds: &httpapi.Feeds{S3: &httpapi.FeedBucket{Bucket: feedBucket, Prefix: folder, Endpoint: f.store.URL, PathStyle: true}},
		Credentials: &httpapi.SourceCredentials{S3: &httpapi.FeedKeys{
			AccessKeyID: httpapi.SecretValue(realtest.S3Key), SecretAccessKey: httpapi.SecretValue(realtest.S3Secret),
		}},
	}, apiclient.Write{})
	require.NoError(t, err)
	return v.ID
}

// next plays the next step of a scenario.
func (f *feedStack) next(t *testing.T, scenario string) feeds.Scene {
	t.Helper()
	res, err := http.Post(f.DomainURL()+"/_admin/feeds/scenarios/"+url.PathEscape(scenario)+"/next", "", nil)
	require.NoError(t, err)
	defer res.Body.Close()
	var scene feeds.Scene
	require.NoError(t, json.NewDecoder(res.Body).Decode(&scene))
	require.NotEmpty(t, scene.Folder)
	return scene
}

// truth is what the platform says of a table, as leaf, file and line of its rows.
func (f *feedStack) truth(t *testing.T, where string) (rows []string) {
	t.Helper()
	lines := bufio.NewScanner(get(t, f.DomainURL()+"/_admin/feeds/"+where).Body)
	lines.Buffer(nil, largestLine)
	for lines.Scan() {
		var r feeds.Row
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		rows = append(rows, placeOf(r.Leaf, r.File, r.Line))
	}
	require.NoError(t, lines.Err())
	slices.Sort(rows)
	return rows
}

func placeOf(leaf, file string, line int) string {
	text, _ := json.Marshal([]any{leaf, file, line})
	return string(text)
}

// places are the rows that a run delivered, as the receiver reads them.
func (f *feedStack) places(t *testing.T, run httpapi.RunDetail) (rows []string) {
	t.Helper()
	for _, file := range f.data(t, run, f.partner) {
		lines := bufio.NewScanner(bytes.NewReader(file.clear(t, receiver(t))))
		lines.Buffer(nil, largestLine)
		for lines.Scan() {
			var r struct {
				Leaf string `json:"feed_leaf"`
				File string `json:"feed_file"`
				Line int    `json:"feed_line"`
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
			rows = append(rows, placeOf(r.Leaf, r.File, r.Line))
		}
	}
	slices.Sort(rows)
	return rows
}

// hourOf is the window of the first leaf that lies in a folder.
func (f *feedStack) hourOf(t *testing.T, folder string) httpapi.WindowView {
	t.Helper()
	bucket, prefix := feedBucket, folder+"/"
	list, err := f.store.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	require.NoError(t, err)
	require.NotEmpty(t, list.Contents)
	at, err := feed.ParsePath(strings.TrimPrefix(*list.Contents[0].Key, prefix))
	require.NoError(t, err)
	return httpapi.WindowView{From: at.Time(), To: at.Time().Add(time.Hour)}
}

func feedSpec(report, delivery string) task.Spec {
	s := spec(report, "jsonl", "delivery", `"`+delivery+`"`)
	s.Zone = "UTC"
	return s
}

// A day of an hourly table arrives whole: the latest row of every issue, as the platform knows it.
func TestFeedsAreDelivered(t *testing.T) {
	t.Parallel()
	f := startFeeds(t, "--feeds-days", "2", "--feeds-table", "convos_metrics", "--feeds-table", "rep_hierarchy")
	f.source = f.feedSource(t, "")
	to := f.now.Truncate(24 * time.Hour)
	day := httpapi.WindowView{From: to.Add(-24 * time.Hour), To: to}
	bounds := "?from=" + day.From.Format(time.RFC3339) + "&through=" + day.To.Format(time.RFC3339)
	for report, delivery := range map[string]string{"asapp.convos_metrics": "changes", "asapp.rep_hierarchy": "snapshot"} {
		run := f.run(t, f.task(t, feedSpec(report, delivery)), day)
		require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
		want := f.truth(t, "truth/"+strings.TrimPrefix(report, "asapp.")+bounds)
		require.NotEmpty(t, want)
		require.Equal(t, want, f.places(t, run), report)
	}
}

// A leaf without _SUCCESS is waited for, and says so; what is exported anew is delivered as a
// revision.
func TestFeedsAreWaitedForAndRevised(t *testing.T) {
	t.Parallel()
	f := startFeeds(t)
	const slow, again = "slow upload", "same-partition re-export"
	scene := f.next(t, slow)
	f.source = f.feedSource(t, scene.Folder)
	run := f.begin(t, f.task(t, feedSpec("asapp.convos_metrics", "changes")), f.hourOf(t, scene.Folder))
	eventually(t, "the run says what it waits for", func() bool {
		d := f.look(t, run)
		at := slices.IndexFunc(d.Steps, func(s httpapi.StepView) bool { return s.Name == contract.ActivityAwait })
		return at >= 0 && strings.Contains(d.Steps[at].Error+d.Steps[at].Detail, "_SUCCESS is not")
	})
	f.next(t, slow)
	var err error
	ended := f.end(t, run)
	require.Equal(t, contract.OutcomeDelivered, ended.Outcome, ended.Error)
	require.Equal(t, f.truth(t, path.Join("scenarios", url.PathEscape(slow), "truth/convos_metrics")), f.places(t, ended))

	scene = f.next(t, again)
	f.source = f.feedSource(t, scene.Folder)
	window := f.hourOf(t, scene.Folder)
	s := feedSpec("asapp.utterances", "snapshot")
	s.Frequency, s.Start, s.End = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}, &window.From, &window.To
	id := f.task(t, s) // its window is due: it is caught up with
	var runs []httpapi.RunView
	eventually(t, "the window is delivered", func() bool {
		runs, err = f.api.Runs(t.Context(), f.account, apiclient.RunFilter{Task: id})
		require.NoError(t, err)
		return len(runs) > 0 && runs[0].Status != "running"
	})
	first := f.look(t, runs[0].ID)
	truth := path.Join("scenarios", url.PathEscape(again), "truth/utterances")
	require.Equal(t, f.truth(t, truth), f.places(t, first), first.Error)
	f.next(t, again)
	look, err := f.api.ReviseTask(t.Context(), f.account, id, &window, apiclient.Write{})
	require.NoError(t, err)
	second := f.end(t, look.Run)
	require.Equal(t, contract.OutcomeDelivered, second.Outcome, second.Error)
	require.Equal(t, f.truth(t, truth), f.places(t, second))
	require.NotEqual(t, f.places(t, first), f.places(t, second))
	look, err = f.api.ReviseTask(t.Context(), f.account, id, &window, apiclient.Write{})
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeUnchanged, f.end(t, look.Run).Outcome)
}
