package feeds_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/pgp"
	"transporter/internal/sandbox/feeds"
)

// The code that reads feeds and the look-alike write the rules down each for itself. These tests hold
// one against the other.

func TestTablesAgree(t *testing.T) {
	for door, tables := range map[string][]*feeds.Table{feed.DoorS3: feeds.Tables(), feed.DoorFileExporter: feeds.ExporterTables()} {
		for _, ours := range tables {
			t.Run(door+" "+ours.Name, func(t *testing.T) {
				theirs, ok := feed.TableOf(ours.Name, door)
				require.True(t, ok)
				require.Equal(t, ours.Snapshot, theirs.Snapshot)
				require.Equal(t, ours.Order, theirs.Order)
				require.Equal(t, ours.Key, theirs.Key)
				require.Equal(t, ours.RepairedOrder, theirs.RepairedOrder)
				require.Equal(t, ours.RepairedKey, theirs.RepairedKey)
			})
		}
	}
}

// stored is a door to objects with what each holds.
type stored struct {
	objects []feed.Object
	read    func(key string) io.Reader
}

// latest reads a table with the code that reads feeds, and keeps the greatest row of every key.
func (s stored) latest(t require.TestingT, table string, mode feed.Mode) map[string]string {
	rule, ok := feed.TableOf(table, feed.DoorS3)
	require.True(t, ok)
	rules := feed.Rules{Settle: feed.DefaultSettle, Decrypts: true}
	best := map[string][2]string{}
	of := feed.Place{Feed: table, Version: "1", Format: "jsonl"}
	for leaf, err := range feed.Leaves(feed.Days(context.Background(), s, of, time.Time{}, noon.Add(24*time.Hour)), rules, nil) {
		require.NoError(t, err)
		if state, _ := leaf.State(rules, noon); state != feed.Complete || leaf.Time().After(noon.Add(24*time.Hour)) {
			continue
		}
		if rule.Snapshot {
			clear(best) // leaves come in ascending order
		}
		ruler := feed.NewRuler(rule, mode)
		for _, f := range leaf.Files {
			s.rank(t, ruler, leaf, f, best)
		}
	}
	where := map[string]string{}
	for key, b := range best {
		var parts []*string
		require.NoError(t, json.Unmarshal([]byte(key), &parts))
		where[keyText(t, parts)] = b[1]
	}
	return where
}

// List implements feed.Door.
func (s stored) List(_ context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		for _, o := range s.objects {
			if strings.HasPrefix(o.Key, prefix) && !yield(o, nil) {
				return
			}
		}
	}
}

// Folders implements feed.Door.
func (s stored) Folders(_ context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys := func(yield func(string) bool) {
			for _, o := range s.objects {
				if !yield(o.Key) {
					return
				}
			}
		}
		for _, name := range doortest.Below(folder, keys) {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// Open implements feed.Door.
func (s stored) Open(_ context.Context, o feed.Object) (io.ReadCloser, error) {
	return io.NopCloser(s.read(o.Key)), nil
}

// rank lets every row of a file take the place of a lesser one.
func (s stored) rank(t require.TestingT, ruler *feed.Ruler, leaf feed.Leaf, f feed.File, best map[string][2]string) {
	ruler.File(feed.Origin{Stamp: leaf.Stamp, Modified: f.Modified, Split: f.Split})
	content := s.read(f.Key)
	var err error
	if f.Encrypted {
		content, err = pgp.Decrypt(content, reader.Private, passphrase)
		require.NoError(t, err)
	}
	if f.Gzip {
		content, err = feed.Gunzip(content, f.Key)
		require.NoError(t, err)
	}
	for line, err := range feed.Lines(content, feed.MaxLine, nil) {
		if err != nil {
			return // a truncated file: nothing of the leaf counts, and nothing else is in it
		}
		row, err := ruler.Row(line.Bytes, line.Number)
		if err != nil {
			continue
		}
		at := fmt.Sprintf("%s %s %d", leaf.Stamp, f.Key[bytes.LastIndexByte([]byte(f.Key), '/')+1:], line.Number)
		if string(row.Rank) > best[string(row.Key)][0] {
			best[string(row.Key)] = [2]string{string(row.Rank), at}
		}
	}
}

// keyText is one spelling of a key, since a text may be escaped in more than one way.
func keyText(t require.TestingT, key []*string) string {
	text, err := json.Marshal(key)
	require.NoError(t, err)
	return string(text)
}

// told is the truth in the same form.
func told(t require.TestingT, w *feeds.World, table string, mode feeds.Mode) map[string]string {
	rows, err := w.Truth(feeds.Question{Table: table, Mode: mode})
	require.NoError(t, err)
	where := map[string]string{}
	for _, r := range rows {
		where[keyText(t, r.Key)] = fmt.Sprintf("%s %s %d", r.Leaf, r.File, r.Line)
	}
	return where
}

// TestTheTruthOfAnySeedAgrees exports all tables, some leaves twice, and reads them back.
func TestTheTruthOfAnySeedAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.SampledFrom(feeds.Tables()).Draw(t, "table")
		mode := rapid.SampledFrom([]feeds.Mode{feeds.Reference, feeds.Repaired}).Draw(t, "mode")
		shelf := &shelf{}
		w := feeds.New(feeds.Config{
			Seed: rapid.Int64().Draw(t, "seed"), Rows: rapid.IntRange(1, 60).Draw(t, "rows"), Now: func() time.Time { return noon },
		})
		err := w.Fill(t.Context(), shelf, feeds.Filling{
			Tables: []string{table.Name}, From: noon.Add(-5 * table.Every).Truncate(table.Every), Through: noon, Again: 30,
		})
		require.NoError(t, err)
		truth := told(t, w, table.Name, mode)
		require.Equal(t, truth, shelf.stored().latest(t, table.Name, feed.Mode(mode)))
	})
}

// agree reads the bucket as it is now.
func (p *played) agree() {
	p.t.Helper()
	for _, table := range p.Feeds {
		if table != "export_docs" {
			require.Equal(p.t, told(p.t, p.World, table, feeds.Reference), p.stored().latest(p.t, table, feed.Reference), table)
		}
	}
}

// stored lists the bucket, ascending.
func (p *played) stored() stored {
	at, contents := p.objects(), map[string][]byte{}
	s := stored{read: func(key string) io.Reader { return bytes.NewReader(contents[key]) }}
	for _, key := range slices.Sorted(maps.Keys(at)) {
		contents[key] = p.content(key)
		s.objects = append(s.objects, feed.Object{Key: key, Size: int64(len(contents[key])), Modified: at[key]})
	}
	return s
}
