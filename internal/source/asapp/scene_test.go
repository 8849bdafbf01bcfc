package asapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/s3"
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/latest"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/sandbox/feeds/feedstest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// noon is when scenarios are looked at; most of them happen on the day before.
var (
	noon      = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	yesterday = noon.Truncate(feeds.Day).Add(-feeds.Day)
)

const passphrase = "correct horse"

// reader is the owner of the key that encrypted feeds are encrypted to.
var reader = sync.OnceValue(func() *pgp.KeyPair {
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Reader", Passphrase: passphrase, Algorithm: "ed25519", Now: noon.AddDate(0, -1, 0)})
	if err != nil {
		panic(err)
	}
	return pair
})

// scene is a scenario that is played in a bucket of its own, with a source that reads it, and what a
// task has of each table.
type scene struct {
	*feeds.World
	feeds.Scenario

	t      *testing.T
	bucket *feedstest.Bucket
	next   int // step

	door     s3.Config
	config   asapp.Config // but for the door
	now      time.Time
	wire     *wire
	between  func() // what happens between listing and reading; nil: nothing
	dedupe   string
	key      feed.Key
	version  string
	stage    *staging.Stage
	book     *feedbook.Book
	schema   *feedschema.Book
	states   map[string]feedbook.State // of tables
	lastRead []feed.Leaf
}

// begin plays a scenario, or none where the name is empty.
func begin(t *testing.T, server *realtest.S3, name string) *scene {
	t.Helper()
	s := &scene{t: t, bucket: feedstest.New(t, server), now: noon, wire: &wire{}, dedupe: "reference", version: "1", states: map[string]feedbook.State{}}
	s.World = feeds.New(feeds.Config{Seed: 1, Now: func() time.Time { return noon }, Key: reader().Public})
	if name != "" {
		var err error
		s.Scenario, err = s.World.Scenario(name)
		require.NoError(t, err)
	}
	s.door = s3.Config{
		Bucket: s.bucket.Name, Endpoint: server.URL, PathStyle: true, AccessKey: realtest.S3Key, SecretKey: realtest.S3Secret,
		HTTP: &http.Client{Transport: s.wire}, Now: time.Now,
	}
	s.config = asapp.Config{Kind: feed.DoorS3, Now: func() time.Time { return s.now }}
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	s.stage = staging.New(st, box)
	s.schema = feedschema.New(st, box)
	s.book = feedbook.New(feedbook.NewLedger(st, box), s.stage, s.config.Now)
	return s
}

// step applies the next step of the scenario, of that name.
func (s *scene) step(name string) {
	s.t.Helper()
	require.Less(s.t, s.next, len(s.Steps))
	require.Equal(s.t, name, s.Steps[s.next].Name)
	require.NoError(s.t, s.Steps[s.next].Apply(s.t.Context(), s.bucket))
	s.next++
}

// all applies those that are left.
func (s *scene) all() {
	s.t.Helper()
	for s.next < len(s.Steps) {
		s.step(s.Steps[s.next].Name)
	}
}

// put writes an object that no scenario has.
func (s *scene) put(key, content string, at time.Time) {
	s.t.Helper()
	require.NoError(s.t, s.bucket.Put(s.t.Context(), key, []byte(content), at))
}

// decrypts gives the source the reader's key.
func (s *scene) decrypts() {
	s.config.Decrypt = func(src io.Reader) (io.Reader, error) { return pgp.Decrypt(src, reader().Private, passphrase) }
}

func (s *scene) source() *asapp.Source {
	s.t.Helper()
	door, err := s3.New(s.door)
	require.NoError(s.t, err)
	c := s.config
	c.Door = door
	return asapp.New(c)
}

// window is a piece of time of a table.
type window struct {
	table    string
	from, to time.Time
}

// hours are those of yesterday, the last excluded.
func hours(table string, from, to int) window {
	return window{table, yesterday.Add(time.Duration(from) * time.Hour), yesterday.Add(time.Duration(to) * time.Hour)}
}

// days are so many days from a midnight on.
func days(table string, from time.Time, n int) window {
	return window{table, from, from.AddDate(0, 0, n)}
}

func (s *scene) query(w window) source.Query {
	quoted := func(text string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", text)) }
	return source.Query{
		Resource: "asapp." + w.table, From: w.from.UnixMilli(), To: w.to.UnixMilli(), Now: s.now.UnixMilli(), Key: s.key,
		Params: map[string]json.RawMessage{"dedupe": quoted(s.dedupe), "feed_version": quoted(s.version)},
	}
}

func (s *scene) ledgerOf(table string) feedbook.Table {
	return feedbook.Table{Account: "acme", Source: "s1", Report: "asapp." + table, Dedupe: s.dedupe, Version: s.version, Key: s.key}
}

// try reads the leaves of a window that were not read as they are, as a run does.
func (s *scene) try(w window) (rows []feedbook.Leaf, err error) {
	ctx, src, q := s.t.Context(), s.source(), s.query(w)
	if s.lastRead, err = src.Leaves(ctx, q); err != nil {
		return nil, err
	}
	if s.between != nil {
		s.between()
	}
	for i := range s.lastRead {
		l := &s.lastRead[i]
		row, err := s.book.Leaf(ctx, s.ledgerOf(w.table), l)
		if err == nil && row == nil {
			row, err = s.book.Stage(ctx, s.ledgerOf(w.table), l, func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
				return src.Read(ctx, q, *l, add)
			})
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, *row)
	}
	return rows, nil
}

// refuses expects that a window is not read, with a fault of that kind that says so, and that nothing of it
// is kept.
func (s *scene) refuses(w window, kind fault.Kind, says ...string) *fault.Error {
	s.t.Helper()
	before, err := s.book.Leaves(s.t.Context(), s.ledgerOf(w.table), "2000-01-01", "2100-01-01")
	require.NoError(s.t, err)
	_, err = s.try(w)
	var said *fault.Error
	require.ErrorAs(s.t, err, &said)
	require.Equal(s.t, kind, said.Kind, "%v", err)
	for _, text := range says {
		require.ErrorContains(s.t, err, text)
	}
	require.NotEmpty(s.t, said.Fix, "it says what to do")
	after, err := s.book.Leaves(s.t.Context(), s.ledgerOf(w.table), "2000-01-01", "2100-01-01")
	require.NoError(s.t, err)
	require.Equal(s.t, before, after, "nothing is half imported")
	return said
}

// waits expects that a window is not read yet, and that not one object of it is opened.
func (s *scene) waits(w window, says ...string) {
	s.t.Helper()
	opened := s.wire.count()
	s.refuses(w, fault.NotReady, says...)
	require.Equal(s.t, opened, s.wire.count(), "nothing is read of it")
}

// taken is what came of reading a window.
type taken struct {
	leaves, files    int // of the window; files that were opened just now
	lines, bad       int64
	changed, removed []string // keys of which another row counts now, and those that are no more
}

// takes reads a window into the next state of its table.
func (s *scene) takes(w window) (got taken) {
	s.t.Helper()
	opened := s.wire.count()
	leaves, err := s.try(w)
	require.NoError(s.t, err)
	got.leaves, got.files = len(leaves), s.wire.count()-opened
	for _, l := range leaves {
		got.lines, got.bad = got.lines+l.Lines, got.bad+l.Bad
	}
	state := s.states[w.table]
	next := state.With(leaves)
	was, now := state.Sets(snapshot(w.table)), next.Sets(snapshot(w.table))
	for c, err := range latest.Changes(s.t.Context(), s.stage, "scratch", was, now) {
		require.NoError(s.t, err)
		if c.Now == nil {
			got.removed = append(got.removed, string(c.Key))
		} else {
			got.changed = append(got.changed, string(c.Key))
		}
	}
	s.states[w.table] = next
	return got
}

func snapshot(name string) bool {
	table, _ := feed.TableOf(name, feed.DoorS3)
	return table.Snapshot
}

// place is where a row was exported.
type place struct {
	Leaf string `json:"_leaf"`
	File string `json:"_file"`
	Line int    `json:"_line"`
}

// rows returns the table as the task has it, by key.
func (s *scene) rows(table string) map[string]latest.Row {
	s.t.Helper()
	state, rows := s.states[table], map[string]latest.Row{}
	for r, err := range latest.Winners(s.t.Context(), s.stage, "scratch", state.Sets(snapshot(table))) {
		require.NoError(s.t, err)
		rows[string(r.Key)] = latest.Row{Rank: []byte(string(r.Rank)), Raw: []byte(string(r.Raw))}
	}
	return rows
}

// member returns a member of the row of a key.
func (s *scene) member(table, key, name string) any {
	s.t.Helper()
	rows := s.rows(table)
	require.Contains(s.t, rows, key)
	var m map[string]any
	require.NoError(s.t, json.Unmarshal(rows[key].Raw, &m))
	return m[name]
}

// isTrue compares the table with what the look-alike says.
func (s *scene) isTrue(table string) {
	s.t.Helper()
	want, got := map[place]bool{}, map[place]bool{}
	truth, err := s.Truth(feeds.Question{Table: table, Version: s.version, Mode: feeds.Mode(s.dedupe), Key: s.key.Columns(), Order: s.key.Order()})
	require.NoError(s.t, err)
	for _, r := range truth {
		want[place{r.Leaf, r.File, r.Line}] = true
	}
	for _, r := range s.rows(table) {
		var p place
		require.NoError(s.t, json.Unmarshal(r.Raw, &p))
		got[p] = true
	}
	require.Equal(s.t, want, got)
}
