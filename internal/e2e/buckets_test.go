package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/gcstest"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/task"
)

// bucket is a destination in one, with a way to look into it that is not ours.
type bucket struct {
	title  string
	body   httpapi.Destination
	wrong  map[string]httpapi.Secret // credentials that are refused
	says   string                    // of the refusal
	flags  []string                  // of rclone
	remote string                    // what it copies
	left   func() int                // temporary objects and open uploads
}

// What is delivered into buckets of Amazon's and of Google's protocol is read back by rclone:
// the manifest vouches for every byte, and the rows are those of the source.
func TestBuckets(t *testing.T) {
	t.Parallel()
	rclone := realtest.Program(t, "rclone", "rclone")
	amazon, google := realtest.StartS3(t), gcstest.Start(t)
	b := start(t, options{worker: []string{"--allow", strings.TrimPrefix(amazon.URL, "http://"), "--allow", strings.TrimPrefix(google.URL, "http://")}}).brand(t)
	buckets := []bucket{amazonBucket(t, amazon), googleBucket(t, google)}
	s := spec("msg.messages", "csv")
	s.Parts.Entries = 20 // several files
	for _, x := range buckets {
		id := b.destination(t, x.body)
		requireTested(t, b, id, x)
		s.Destinations = append(s.Destinations, task.Leg{
			Destination: id, Path: "out", Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{b.key}},
		})
	}
	w := b.before(24*time.Hour, 3*time.Hour)
	run := b.run(t, b.task(t, s), w)
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	want := b.world(t, byEnd, w).messages()
	require.NotEmpty(t, want)
	for i, x := range buckets {
		require.Zero(t, x.left(), x.title)
		folder := t.TempDir()
		copying := exec.Command(rclone, append(x.flags, "--config", "/dev/null", "copy", x.remote, folder)...)
		copying.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") }) // nothing of this machine's
		out, err := copying.CombinedOutput()
		require.NoError(t, err, "%s: %s", x.title, out)
		require.Contains(t, b.starter(t, "verify", folder), "msg.messages@1.", x.title)
		got, files := map[string]int{}, 0
		for _, f := range run.Files {
			if !strings.HasPrefix(f.Leg, s.Destinations[i].Destination+".") {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(folder, "out", f.Name))
			require.NoError(t, err, x.title)
			files++
			for id, n := range countRows(t, f.Name, delivered{FileView: f, raw: raw}.clear(t, receiver(t))) {
				got[id] += n
			}
		}
		require.Greater(t, files, 1, x.title)
		require.Equal(t, want, got, x.title)
	}
	require.Empty(t, filesIn(t, b.StoreDir(), func(name string) bool { return strings.Contains(name, "/uploads/") }), "journals go with the run")
	logs := bytes.Join(valuesOf(filesIn(t, b.Logs(), nil)), nil)
	for _, secret := range []string{"upload_id=", "PRIVATE KEY", realtest.S3Secret} {
		require.NotContains(t, string(logs), secret)
	}
}

// requireTested presses the test button, with credentials that work and others that do not.
func requireTested(t *testing.T, b *brand, id string, x bucket) {
	t.Helper()
	for _, c := range []struct {
		credentials map[string]httpapi.Secret
		ok          bool
	}{{x.body.Credentials, true}, {x.wrong, false}} {
		body := x.body
		body.Credentials = c.credentials
		trial := id
		if !c.ok {
			trial = b.destination(t, body)
		}
		p, err := b.api.Destinations(b.account).Test(t.Context(), trial)
		require.NoError(t, err)
		require.Equal(t, c.ok, p.OK, "%s: %+v", x.title, p)
		require.Zero(t, x.left(), x.title)
		if !c.ok {
			require.Contains(t, p.Problem, x.says, x.title)
			continue
		}
		var names []string
		for _, step := range p.Steps {
			require.True(t, step.OK, "%s: %+v", x.title, step)
			names = append(names, step.Name)
		}
		require.Equal(t, []string{"connect", "log in", "write", "read back", "rename", "delete"}, names, x.title)
	}
}

func amazonBucket(t *testing.T, server *realtest.S3) bucket {
	t.Helper()
	name := server.Bucket(t)
	keys := func(id, secret string) map[string]httpapi.Secret {
		return map[string]httpapi.Secret{"accessKeyId": httpapi.SecretValue(id), "secretAccessKey": httpapi.SecretValue(secret)}
	}
	return bucket{
		title: "Amazon S3",
		body: httpapi.Destination{
			Kind: "s3", Description: "Bucket", Credentials: keys(realtest.S3Key, realtest.S3Secret),
			Fields: map[string]any{"bucket": name, "prefix": "brand", "endpoint": server.URL, "region": realtest.S3Region, "sse": "AES256"},
		},
		wrong: keys(realtest.S3Key, "not-the-secret"), says: "enter the secret of this access key again",
		flags: []string{
			"--s3-provider=Other", "--s3-endpoint=" + server.URL, "--s3-region=" + realtest.S3Region,
			"--s3-access-key-id=" + realtest.S3Key, "--s3-secret-access-key=" + realtest.S3Secret,
		},
		remote: ":s3:" + name + "/brand",
		left:   func() int { return server.Temps(t, name) },
	}
}

func googleBucket(t *testing.T, server *gcstest.Server) bucket {
	t.Helper()
	name, key := server.Bucket(t), server.ServiceAccount(t)
	file := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, os.WriteFile(file, []byte(key), 0o600))
	account := func(key string) map[string]httpapi.Secret {
		return map[string]httpapi.Secret{"serviceAccount": httpapi.SecretValue(key)}
	}
	return bucket{
		title: "Google Cloud Storage",
		body: httpapi.Destination{
			Kind: "gcs", Description: "Bucket", Credentials: account(key),
			Fields: map[string]any{"bucket": name, "prefix": "brand", "endpoint": server.URL},
		},
		wrong: account(server.Stranger(t)), says: "Storage Object User",
		flags:  []string{"--gcs-endpoint=" + server.URL + "/storage/v1/", "--gcs-service-account-file=" + file},
		remote: ":gcs:" + name + "/brand",
		left:   func() int { return server.Temps(t, name) },
	}
}
