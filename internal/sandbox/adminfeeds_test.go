package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/pgp"
	"transporter/internal/realtest"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/exporter"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/sandbox/feeds/feedstest"
	"transporter/internal/sandbox/sandboxtest"
)

// feedSandbox is a sandbox with a bucket, and a clock that a test sets.
type feedSandbox struct {
	*sandboxtest.Running

	t      *testing.T
	bucket *feedstest.Bucket
	clock  time.Time
}

func startFeeds(t *testing.T) *feedSandbox {
	t.Helper()
	f := &feedSandbox{t: t, clock: sandboxtest.Now, bucket: feedstest.New(t, realtest.StartS3(t))}
	now := func() time.Time { return f.clock }
	f.Running = sandboxtest.Start(t, sandbox.Config{
		Seed: 1, Now: now, RealNow: now, Exporter: exporter.Config{ID: "id-1", Secret: "secret-1"},
		Feeds:  feeds.NewPlayer(f.bucket, feeds.Config{Seed: 1, Now: now}),
		Reader: feeds.Credential{ID: "reader-id", Secret: "reader-secret", Bucket: f.bucket.Name},
	})
	return f
}

// call returns the status and body of a call.
func (f *feedSandbox) call(method, url, body string, header ...string) (int, string) {
	f.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(f.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := f.Client.Do(req)
	require.NoError(f.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(f.t, err)
	return res.StatusCode, string(b)
}

// scene applies a step, or all, and returns how far the scenario is.
func (f *feedSandbox) scene(path string) (scene feeds.Scene) {
	f.t.Helper()
	status, body := f.call(http.MethodPost, f.DomainURL+"/_admin/feeds/scenarios/"+path, "")
	require.Equal(f.t, http.StatusOK, status, body)
	require.NoError(f.t, json.Unmarshal([]byte(body), &scene))
	return scene
}

func (f *feedSandbox) has(key string) bool {
	_, err := f.bucket.Server.HeadObject(f.t.Context(), &s3.HeadObjectInput{Bucket: &f.bucket.Name, Key: &key})
	return err == nil
}

func TestAdminPlaysScenariosStepByStep(t *testing.T) {
	f := startFeeds(t)
	status, list := f.call(http.MethodGet, f.DomainURL+"/_admin/feeds", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, list, `{"name":"slow upload","folder":"slow-upload","feeds":["convos_metrics"],"steps":["the file","_SUCCESS twenty minutes later"],"done":0}`)

	const leaf = "slow-upload/convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=05/"
	require.Equal(t, 1, f.scene("slow-upload/next").Done)
	require.True(t, f.has(leaf+"convos_metrics.jsonl"))
	require.False(t, f.has(leaf+"_SUCCESS"))
	truth := f.DomainURL + "/_admin/feeds/scenarios/slow-upload/truth/convos_metrics"
	_, rows := f.call(http.MethodGet, truth, "")
	require.Empty(t, rows)
	require.Equal(t, 2, f.scene("slow-upload/next").Done)
	require.True(t, f.has(leaf+"_SUCCESS"))
	_, rows = f.call(http.MethodGet, truth+"?mode=repaired&from=2026-11-19T05:00:00Z&through=2026-11-19T06:00:00Z", "")
	var first feeds.Row
	require.NoError(t, json.NewDecoder(strings.NewReader(rows)).Decode(&first))
	require.Equal(t, "dt=2026-11-19/hr=05", first.Leaf)
	require.Equal(t, 2, f.scene("slow-upload/run").Done, "nothing is left to do")

	for path, says := range map[string]string{
		"/scenarios/nothing/run": "is unknown", "/scenarios/encrypted/run": "public key",
	} {
		status, body := f.call(http.MethodPost, f.DomainURL+"/_admin/feeds"+path, "")
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, body, says)
	}
	for query, says := range map[string]string{"?mode=best": "mode", "?from=yesterday": "from", "x": "table"} {
		status, body := f.call(http.MethodGet, truth+query, "")
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, body, says)
	}
}

func TestAdminFillsDays(t *testing.T) {
	f := startFeeds(t)
	body := `{"tables":["intents"],"from":"2026-11-18T00:00:00Z","through":"2026-11-20T00:00:00Z","again":0}`
	status, said := f.call(http.MethodPost, f.DomainURL+"/_admin/feeds/fill", body)
	require.Equal(t, http.StatusNoContent, status, said)
	require.True(t, f.has("intents/version=1/format=jsonl/dt=2026-11-19/_SUCCESS"))
	_, rows := f.call(http.MethodGet, f.DomainURL+"/_admin/feeds/truth/intents", "")
	require.Contains(t, rows, `"leaf":"dt=2026-11-19"`)
	status, _ = f.call(http.MethodPost, f.DomainURL+"/_admin/feeds/fill", `{"tables":["none"]}`)
	require.Equal(t, http.StatusBadRequest, status)
}

func TestACredentialIsIssuedToAKeyForAWhile(t *testing.T) {
	f := startFeeds(t)
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Reader", Passphrase: "correct horse", Algorithm: "ed25519", Now: sandboxtest.Now.AddDate(0, -1, 0)})
	require.NoError(t, err)
	want, err := json.Marshal(map[string]any{"key": pair.Public, "folder": "plain-hour", "life": "1h"})
	require.NoError(t, err)
	status, body := f.call(http.MethodPost, f.DomainURL+"/_admin/feeds/credentials", string(want))
	require.Equal(t, http.StatusOK, status, body)
	require.NotContains(t, body, "reader-secret")
	var link struct{ URL string }
	require.NoError(t, json.Unmarshal([]byte(body), &link))
	require.True(t, strings.HasPrefix(link.URL, f.URL+"/_feeds/credentials/"))

	f.clock = f.clock.Add(59 * time.Minute)
	status, message := f.call(http.MethodGet, link.URL, "")
	require.Equal(t, http.StatusOK, status)
	clear, err := pgp.Decrypt(bytes.NewReader([]byte(message)), pair.Private, "correct horse")
	require.NoError(t, err)
	record, err := io.ReadAll(clear)
	require.NoError(t, err)
	require.Equal(t, "reader-id\treader-secret\t"+f.bucket.Name+"\tplain-hour\n", string(record))

	f.clock = f.clock.Add(time.Minute)
	status, message = f.call(http.MethodGet, link.URL, "")
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, message, "<Code>AccessDenied</Code>")
	status, _ = f.call(http.MethodGet, f.URL+"/_feeds/credentials/guessed", "")
	require.Equal(t, http.StatusForbidden, status)
	status, body = f.call(http.MethodPost, f.DomainURL+"/_admin/feeds/credentials", `{"key":"none"}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "public key")
}

func TestEncryptedScenariosTakeAKey(t *testing.T) {
	f := startFeeds(t)
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Reader", Passphrase: "correct horse", Algorithm: "ed25519", Now: sandboxtest.Now.AddDate(0, -1, 0)})
	require.NoError(t, err)
	status, body := f.call(http.MethodPut, f.DomainURL+"/_admin/feeds/key", pair.Public)
	require.Equal(t, http.StatusNoContent, status, body)
	require.Equal(t, 2, f.scene("encrypted/run").Done)
	young, err := pgp.GenerateKey(pgp.Options{Name: "Reader", Passphrase: "correct horse", Algorithm: "ed25519", Now: sandboxtest.Now})
	require.NoError(t, err)
	status, body = f.call(http.MethodPut, f.DomainURL+"/_admin/feeds/key", young.Public)
	require.Equal(t, http.StatusNoContent, status, body)
	require.Equal(t, 2, f.scene(".enc%20and%20plain%20twins/run").Done, "the key is younger than what is exported")
	require.True(t, f.has("encrypted/convos_metadata/version=1/format=jsonl/dt=2026-11-19/hr=05/convos_metadata.jsonl.gz.enc"))
}

func TestTheFileExporterHasFaultsAndItsTruth(t *testing.T) {
	f := startFeeds(t)
	call := func() (int, string) {
		return f.call(http.MethodPost, f.URL+"/fileexporter/v1/static/listfeeds", "", "asapp-api-id", "id-1", "asapp-api-secret", "secret-1")
	}
	for kind, want := range map[sandbox.Kind]string{sandbox.TooManyRequests: `"code":"429-01"`, sandbox.Unavailable: `"code":"503-01"`, sandbox.ServerError: `"code":"500-01"`} {
		require.NoError(t, f.SetFaults(sandbox.Fault{Path: "/fileexporter/", Kind: kind}))
		_, body := call()
		require.Contains(t, body, want)
		status, _ := call()
		require.Equal(t, http.StatusOK, status, "once")
	}
	status, rows := f.call(http.MethodGet, f.DomainURL+"/_admin/exporter/truth/autosummary_feedback?through=2026-10-20T00:00:00Z", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, rows, `"leaf":"dt=2026-10-1`)
}

func TestWithoutABucketThereAreNoFeeds(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1})
	f := &feedSandbox{Running: r, t: t}
	status, body := f.call(http.MethodGet, r.DomainURL+"/_admin/feeds", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, "--feeds-s3-endpoint")
	status, _ = f.call(http.MethodPost, r.DomainURL+"/_admin/feeds/credentials", `{}`)
	require.Equal(t, http.StatusBadRequest, status)
}
