//go:build soak

package e2e

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"

	"transporter/internal/coverage"
	"transporter/internal/gcstest"
	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/manifest"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
	"transporter/internal/task"
)

const (
	// defaultDeliveries to every place; SOAK_DELIVERIES says otherwise.
	defaultDeliveries = 200
	// A kill for every so many deliveries.
	deliveriesAKill = 10.0 / 3
	// The worker lives between two kills for at least and at most so long: it needs a second
	// to start.
	shortestLife, longestLife = 1500 * time.Millisecond, 6 * time.Second
)

// target is a destination with a look behind it.
type target struct {
	title   string
	address string // of the server
	body    httpapi.Destination
	files   fs.FS
	atomic  bool
	left    func() int // temporary files and open uploads
}

// While the worker is killed all the time, a reader that looks at every destination every
// five milliseconds never sees a final name with other than its final bytes; on a server
// that cannot rename, never a manifest before the files that it lists.
func TestAtomicWhileTheWorkerIsKilled(t *testing.T) {
	deliveries := defaultDeliveries
	if text := os.Getenv("SOAK_DELIVERIES"); text != "" {
		var err error
		deliveries, err = strconv.Atoi(text)
		require.NoError(t, err, "SOAK_DELIVERIES")
	}
	targets, flags := append(sshTargets(t), bucketTargets(t)...), []string{"--heartbeat", "2s"}
	for _, x := range targets {
		flags = append(flags, "--allow", x.address)
	}
	b := start(t, options{size: 400_000, worker: flags}).brand(t)
	key, err := keys.SigningPub(b.Keys())
	require.NoError(t, err)
	s := quarterHours(b, b.before(0, time.Duration(deliveries)*15*time.Minute))
	s.Parts.Entries, s.Destinations = 4, nil // several files a window
	to := task.Encryption{Mode: task.EncryptPGP, Keys: []string{b.key}}
	var readers []*reader
	for _, x := range targets {
		s.Destinations = append(s.Destinations, task.Leg{Destination: b.destination(t, x.body), Encryption: to})
		readers = append(readers, read(x, key))
	}
	id := b.task(t, s)

	kills := int(float64(deliveries) / deliveriesAKill)
	random := rand.New(rand.NewPCG(1, 2))
	for range kills {
		time.Sleep(shortestLife + time.Duration(random.Int64N(int64(longestLife-shortestLife))))
		b.Worker.Kill()
		require.NoError(t, b.StartWorker(t.Context()))
	}
	var delivered []int
	waitFor(t, "every window is delivered", func() bool {
		c, err := b.api.Coverage(t.Context(), b.account, id, time.Time{}, time.Time{})
		if err != nil {
			return false // the worker is just starting
		}
		delivered = append(delivered, c.Summary.Counts[coverage.Delivered]+c.Summary.Counts[coverage.Empty])
		return c.Complete
	})
	t.Logf("%d kills; after the last one %d of %d windows were delivered", kills, delivered[0], deliveries)

	for i, x := range targets {
		readers[i].end(t)
		report, err := manifest.Check(t.Context(), x.files, key)
		require.NoError(t, err)
		require.Empty(t, report.Problems, x.title)
		require.Equal(t, b.covered(t, id).Summary.Rows, report.Tasks[0].Rows, x.title)
		require.Zero(t, x.left(), "%s: nothing temporary is left", x.title)
	}
}

// sshTargets starts OpenSSH servers, one that renames and one that does not.
func sshTargets(t *testing.T) (all []target) {
	t.Helper()
	for title, flags := range map[string]string{"SFTP": "", "SFTP without renaming": "-P rename,posix-rename,hardlink"} {
		server := sshdtest.Start(t, flags)
		files := os.DirFS(filepath.Join(server.Jail, "outbox"))
		left := func() int { return len(hidden(t, files)) }
		all = append(all, target{title, server.Address(), opensshBody(server, flags != ""), files, flags == "", left})
	}
	return all
}

// bucketTargets starts servers of Amazon's and of Google's protocol.
func bucketTargets(t *testing.T) (all []target) {
	t.Helper()
	amazon, google := realtest.StartS3(t), gcstest.Start(t)
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: google.Token()})
	toGoogle := &gcp.HTTPClient{Client: *oauth2.NewClient(t.Context(), token)}
	endpoint := &gcsblob.Options{ClientOptions: []option.ClientOption{option.WithEndpoint(google.URL + "/storage/v1/")}}
	for _, x := range []bucket{amazonBucket(t, amazon), googleBucket(t, google)} {
		name, address := x.body.Fields["bucket"].(string), x.body.Fields["endpoint"].(string)
		files, err := s3blob.OpenBucket(t.Context(), amazon.Client, name, nil)
		if x.body.Kind == "gcs" {
			files, err = gcsblob.OpenBucket(t.Context(), toGoogle, name, endpoint)
			// A session whose address a kill took before it was remembered nobody can find. It
			// shows nothing, costs nothing and ends within a week
			// (cloud.google.com/storage/docs/resumable-uploads, session URIs).
			x.left = func() int {
				return len(slices.DeleteFunc(google.Names(t, name), func(n string) bool { return !strings.HasSuffix(n, ".part") }))
			}
		}
		require.NoError(t, err)
		all = append(all, target{x.title, strings.TrimPrefix(address, "http://"), x.body, blob.PrefixedBucket(files, "brand/"), true, x.left})
	}
	return all
}

// hidden lists the files that begin with a dot.
func hidden(t *testing.T, files fs.FS) (names []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name()[0] == '.' {
			names = append(names, name)
		}
		return err
	}))
	return names
}
