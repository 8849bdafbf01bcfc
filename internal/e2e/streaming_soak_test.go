//go:build soak

package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/gcstest"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
	"transporter/internal/task"
)

const (
	// streamed is how many GiB go through each destination; SOAK_GIBIBYTES says otherwise.
	streamed = 10
	// streamSize is the size of an account, over 13 months, with about 600 MB of raw records
	// a day.
	streamSize = 5 * tenThousandADay
	// leastADay is fewer bytes than such a day has.
	leastADay = 500_000_000
	// streamLimit bounds a run.
	streamLimit = 2 * time.Hour
)

// Whatever the size of what is delivered, and wherever to, a worker's memory keeps its bound.
func TestMemoryOfDestinations(t *testing.T) {
	gib := streamed
	if text := os.Getenv("SOAK_GIBIBYTES"); text != "" {
		var err error
		gib, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	server, store, google, received := sshdtest.Start(t, ""), realtest.StartS3(t), gcstest.Start(t), &counter{}
	receiver := httptest.NewServer(received)
	t.Cleanup(receiver.Close)
	there := googleBucket(t, google)
	allow := []string{server.Address(), strings.TrimPrefix(store.URL, "http://"), strings.TrimPrefix(google.URL, "http://"), receiver.Listener.Addr().String()}
	b := start(t, options{size: streamSize, worker: []string{"--allow", strings.Join(allow, ",")}}).brand(t)
	bucket := store.Bucket(t)
	for _, place := range []struct {
		name, id string
		folder   string // of what it keeps
	}{
		{"OpenSSH", b.openSSH(t, server, server.Address()), filepath.Join(server.Jail, "outbox", "large")},
		{"versitygw", b.destination(t, s3Body(store, bucket)), filepath.Join(store.Data, bucket)},
		{"Google", b.destination(t, there.body), google.Data},
		{"HTTP", b.destination(t, httpapi.Destination{Kind: "http", Description: "Receiver", Fields: map[string]any{"url": receiver.URL + "/{name}"}}), ""},
		{"cloud store", b.cloud, b.storeDir()},
	} {
		t.Run(place.name, func(t *testing.T) {
			b.stream(t, place.id, gib)
			// The next one needs the room.
			for _, folder := range []string{place.folder, filepath.Join(b.StoreDir(), "artefacts")} {
				if folder != "" {
					require.NoError(t, os.RemoveAll(folder))
				}
			}
		})
	}
	require.GreaterOrEqual(t, received.Load(), int64(gib)<<30)
}

// stream delivers so many GiB of raw records to a destination by a new worker.
func (b *brand) stream(t *testing.T, destination string, gib int) {
	t.Helper()
	require.NoError(t, b.Worker.Stop())
	require.NoError(t, b.StartWorker(t.Context()))
	s := spec("raw.messaging_interactions", "jsonl")
	s.Destinations = []task.Leg{{Destination: destination, Path: "large", Encryption: task.Encryption{Mode: task.EncryptNone}}}
	w := b.endingBefore(1, (gib<<30)/leastADay+1)
	began := time.Now()
	id := b.task(t, s)
	run := b.await(t, b.begin(t, id, w), streamLimit)
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	require.GreaterOrEqual(t, run.Bytes, int64(gib)<<30)
	require.Len(t, b.world(t, byEnd, w), int(run.Rows))
	peak := peakMemory(t, b.Worker.PID())
	t.Logf("%.2f GiB in %d files, %.0f s: peak %d MiB", float64(run.Bytes)/(1<<30), len(run.Files), time.Since(began).Seconds(), peak>>10)
	require.LessOrEqual(t, peak, mostMemory)
	require.NoError(t, b.api.Tasks(b.account).Delete(t.Context(), id, apiclient.Write{}), "a plan allows three of a report")
}

// counter is an HTTP receiver that counts the bytes of what it is sent.
type counter struct{ atomic.Int64 }

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	c.Add(n)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}
