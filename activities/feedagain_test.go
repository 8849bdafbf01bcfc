package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
	"transporter/internal/task"
)

// What we publish as a feed is read back by our own source without loss.
func TestPublishedPartitionsAreReadBack(t *testing.T) {
	gzip := task.Leg{Compression: task.CompressionGzip, FeedVersion: "3", Encryption: task.Encryption{Mode: task.EncryptNone}}
	sealed := gzip
	sealed.Encryption = task.Encryption{Mode: task.EncryptPGP, Keys: []string{"reader"}}
	for name, c := range map[string]struct {
		leg   task.Leg
		parts int
		files []string
	}{
		"one file, clear":              {task.Leg{FeedVersion: "3", Encryption: gzip.Encryption}, 1, []string{"reps.jsonl"}},
		"one file, gzip":               {gzip, 1, []string{"reps.jsonl.gz"}},
		"one file, gzip and encrypted": {sealed, 1, []string{"reps.jsonl.gz.enc"}},
		"three splits, encrypted":      {sealed, 3, []string{"reps.jsonl.00.gz.enc", "reps.jsonl.01.gz.enc", "reps.jsonl.02.gz.enc"}},
		"more splits than two digits":  {gzip, 101, nil},
		"an empty window":              {sealed, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			pair := b.receiver("reader")
			c.leg.Destination, c.leg.Path, c.leg.Layout, c.leg.Feed = "shelf", "feeds", task.LayoutPartitioned, "reps"
			b.feedTask(c.leg)
			bodies, want := rows(c.parts)
			require.NoError(t, b.deliver("agents", 0, bodies...))

			door := b.published(t, "feeds/")
			decrypt, err := pgp.NewDecryptor(pgp.Private{Key: pair.Private, Passphrase: opens})
			require.NoError(t, err)
			b.now = b.now.AddDate(0, 0, 1)
			src := asapp.New(asapp.Config{Door: door, Kind: feed.DoorS3, Decrypt: decrypt.Decrypt, Now: b.run.Now})
			leaf, got := readBack(t, src)
			require.Equal(t, want, got)
			require.NotNil(t, leaf.Success)
			require.Zero(t, leaf.Success.Size)
			require.Len(t, leaf.Files, c.parts)
			for i, f := range leaf.Files {
				if c.parts > 1 {
					require.Equal(t, i, f.Split, "splits are in order of their numbers")
				}
				if i < len(c.files) {
					require.Equal(t, "reps/version=3/format=jsonl/dt=2026-11-19/"+c.files[i], f.Key)
				}
			}
		})
	}
}

// feedTask makes a task that delivers to the leg.
func (b *bench) feedTask(leg task.Leg) {
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", "agents", ledger.Entry{
		EffectiveFrom: b.now.AddDate(0, 0, -3), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "cfg.users", Version: "1.0", Format: "jsonl", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
			EmptyResult: task.EmptySkip, Destinations: []task.Leg{leg},
		},
	})
	require.NoError(b.t, err)
}

// rows returns the bodies of so many parts of two rows each, and the keys of all; no parts are one
// without rows.
func rows(parts int) (bodies, keys []string) {
	keys = []string{}
	for i := range 2 * parts {
		if i%2 == 0 {
			bodies = append(bodies, "")
		}
		bodies[i/2] += fmt.Sprintf(`{"rep_id":%d,"name":"Ünal \"%d\"","created_ts":"2026-11-19T00:00:00Z"}`+"\n", i, i)
		keys = append(keys, fmt.Sprintf(`["%d"]`, i))
	}
	slices.Sort(keys)
	if parts == 0 {
		bodies = []string{""}
	}
	return bodies, keys
}

// published is a door to what lies at the destination, as its receiver gets it.
func (b *bench) published(t *testing.T, folder string) *doortest.Memory {
	session, err := b.witness.Connect(t.Context())
	require.NoError(t, err)
	defer session.Close()
	const root = "cloud/acme/shelf/files/"
	var door doortest.Memory
	for info, err := range b.store.List(t.Context(), root) {
		require.NoError(t, err)
		name := strings.TrimPrefix(info.Key, root)
		f, err := session.Open(t.Context(), name)
		require.NoError(t, err)
		text, err := io.ReadAll(f)
		require.NoError(t, err)
		door.Put(strings.TrimPrefix(name, folder), string(text), b.now)
	}
	return &door
}

// readBack reads the only leaf of the day, and the keys of its rows.
func readBack(t *testing.T, src *asapp.Source) (feed.Leaf, []string) {
	t.Helper()
	q := source.Query{
		Resource: "asapp.reps", From: day.From, To: day.To,
		Params: map[string]json.RawMessage{"dedupe": []byte(`"reference"`), "feed_version": []byte(`"3"`)},
	}
	leaves, err := src.Leaves(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, leaves, 1)
	var mu sync.Mutex
	keys := []string{}
	counts, err := src.Read(t.Context(), q, leaves[0], func(_ context.Context, r source.Record) error {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.ID)
		return nil
	})
	require.NoError(t, err)
	require.Zero(t, counts.Bad)
	slices.Sort(keys)
	return leaves[0], keys
}
