package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
	"transporter/internal/sandbox/feeds"
)

const feedBucket = "asapp-prod-acme-exports-us-east-1"

// feedStack is a stack whose platform exports tables to a real S3 server.
type feedStack struct {
	*brand
	store *realtest.S3
	door  *feedDoor
}

// startFeeds exports yesterday evening: all that is exported is over by the worker's clock, and what
// is dated days ahead is not.
func startFeeds(t *testing.T, flags ...string) *feedStack {
	t.Helper()
	store := realtest.StartS3(t)
	door := openFeedDoor(t, store)
	sandbox := append([]string{
		"--feeds-s3-endpoint", store.URL, "--feeds-bucket", feedBucket, "--feeds-dir", store.Data,
		"--feeds-access-key", realtest.S3Key, "--feeds-secret-key", realtest.S3Secret,
	}, flags...)
	s := start(t, options{
		now: time.Now().UTC().Truncate(feeds.Day).Add(-6 * time.Hour), sandbox: sandbox,
		worker: []string{"--allow", hostOf(t, store.URL), "--allow", hostOf(t, door.URL), "--heartbeat", "5s"},
	})
	f := &feedStack{s.brand(t), store, door}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, f.DomainURL()+"/_admin/feeds/key", strings.NewReader(exports().Public))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	return f
}

// feedSource is what lies in a folder of the bucket, as a source.
func (f *feedStack) feedSource(folder string, decrypt ...httpapi.DecryptKey) httpapi.Source {
	return httpapi.Source{
		Kind: "asapp", Description: "Exports " + folder, PlatformAccount: "acme",
		Feeds: &httpapi.Feeds{S3: &httpapi.FeedBucket{Bucket: feedBucket, Prefix: folder, Endpoint: f.door.URL, PathStyle: true}},
		Credentials: &httpapi.SourceCredentials{S3: &httpapi.FeedKeys{
			AccessKeyID: httpapi.SecretValue(realtest.S3Key), SecretAccessKey: httpapi.SecretValue(realtest.S3Secret),
		}, Decrypt: decrypt},
	}
}

// exports is the key pair that exports are encrypted to, older than they are.
var exports = sync.OnceValue(func() *pgp.KeyPair {
	pair, err := pgp.GenerateKey(pgp.Options{
		Name: "Acme", Email: "acme@example.com", Passphrase: passphrase, Algorithm: "ed25519", Now: time.Now().AddDate(0, -1, 0),
	})
	if err != nil {
		panic(err)
	}
	return pair
})

// opens is that as a source takes it.
func opens() httpapi.DecryptKey {
	return httpapi.DecryptKey{PrivateKey: httpapi.SecretValue(exports().Private), Passphrase: httpapi.SecretValue(passphrase)}
}

// with is another brand of the stack, which reads a source of feeds.
func (f *feedStack) with(t *testing.T, s httpapi.Source) *feedStack {
	t.Helper()
	b := f.stack.brand(t)
	v, err := b.api.Sources(b.account).Create(t.Context(), s, apiclient.Write{})
	require.NoError(t, err)
	b.source = v.ID
	return &feedStack{b, f.store, f.door}
}

// yesterday is the day before the end of the sandbox's data: most scenarios happen on it.
func (f *feedStack) yesterday() time.Time { return f.now.Truncate(feeds.Day).Add(-feeds.Day) }

// hours are those of that day, the last excluded.
func (f *feedStack) hours(from, to int) httpapi.WindowView {
	day := f.yesterday()
	return httpapi.WindowView{From: day.Add(time.Duration(from) * time.Hour), To: day.Add(time.Duration(to) * time.Hour)}
}

// put writes an object into the bucket, as the platform would.
func (f *feedStack) put(t *testing.T, bucket, key, content string) {
	t.Helper()
	_, err := f.store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(content)})
	require.NoError(t, err)
}

// post asks the sandbox's plain side and decodes what it answers.
func (f *feedStack) post(t *testing.T, path, body string, out any) {
	t.Helper()
	res, err := http.Post(f.DomainURL()+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Less(t, res.StatusCode, http.StatusBadRequest, path)
	if out != nil {
		require.NoError(t, json.NewDecoder(res.Body).Decode(out))
	}
}

// nudge has Temporal try at once what a run waits to try again, in place of the minute that it waits.
func (f *feedStack) nudge(t *testing.T, run string) {
	t.Helper()
	nudged(t, f.client(t), workflowOf(t, f.look(t, run)))
}

func nudged(t *testing.T, c client.Client, workflow string) {
	t.Helper()
	d, err := c.DescribeWorkflowExecution(t.Context(), workflow, "")
	require.NoError(t, err)
	for _, a := range d.PendingActivities {
		_, err := c.WorkflowService().ResetActivity(t.Context(), &workflowservice.ResetActivityRequest{
			Namespace: devstack.Namespace, Execution: d.WorkflowExecutionInfo.Execution,
			Activity: &workflowservice.ResetActivityRequest_Id{Id: a.ActivityId},
		})
		if err != nil {
			t.Logf("nudge %s: %v", workflow, err) // it has just ended
		}
	}
}

// says waits until a step of a run that goes on says all of that.
func (f *feedStack) says(t *testing.T, run, step string, words ...string) {
	t.Helper()
	said := ""
	eventually(t, run+" says in "+step+" "+strings.Join(words, ", "), func() bool {
		d := f.look(t, run)
		require.Equal(t, "running", d.Status, d.Error)
		for _, s := range d.Steps {
			if s.Name != step {
				continue
			}
			if text := s.Error + " " + s.Detail; text != said {
				said = text
				t.Logf("%s: %s", step, said)
			}
			for _, w := range words {
				if !strings.Contains(said, w) {
					return false
				}
			}
			return true
		}
		return false
	})
}
