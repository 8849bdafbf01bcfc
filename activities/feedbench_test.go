package activities_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
	"transporter/internal/task"
)

// shelves is a bucket in memory, which the look-alike writes and the source reads. Now and then a
// connection breaks.
type shelves struct {
	mu      sync.Mutex
	objects map[string]shelved
	random  *rand.Rand // of broken connections; nil: none
	denied  string     // what the keys may not list, a prefix; empty: nothing
}

type shelved struct {
	content []byte
	feed.Object
}

func newShelves() *shelves {
	return &shelves{objects: map[string]shelved{}}
}

// Put implements feeds.Bucket.
func (s *shelves) Put(_ context.Context, key string, content []byte, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := md5.Sum(content)
	s.objects[key] = shelved{content, feed.Object{Key: key, Size: int64(len(content)), ETag: hex.EncodeToString(sum[:]), Modified: at}}
	return nil
}

// Delete implements feeds.Bucket.
func (s *shelves) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return nil
}

// List implements feed.Door.
func (s *shelves) List(_ context.Context, prefix string) iter.Seq2[feed.Object, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.denied != "" && strings.HasPrefix(prefix, s.denied) {
		return func(yield func(feed.Object, error) bool) {
			yield(feed.Object{}, fault.New(fault.PermissionDenied, "list %s: AccessDenied", prefix))
		}
	}
	var all []feed.Object
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if strings.HasPrefix(key, prefix) {
			all = append(all, s.objects[key].Object)
		}
	}
	return func(yield func(feed.Object, error) bool) {
		for _, o := range all {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Folders implements feed.Door.
func (s *shelves) Folders(_ context.Context, folder string) iter.Seq2[string, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, denied := doortest.Below(folder, maps.Keys(s.objects)), s.denied != "" && strings.HasPrefix(folder, s.denied)
	return func(yield func(string, error) bool) {
		if denied {
			yield("", fault.New(fault.PermissionDenied, "list %s: AccessDenied", folder))
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// Open implements feed.Door.
func (s *shelves) Open(_ context.Context, o feed.Object) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random != nil && s.random.IntN(10) == 0 {
		return nil, fault.New(fault.Upstream, "the connection broke")
	}
	there := s.objects[o.Key]
	if there.Object != o {
		return nil, fault.New(fault.Conflict, "%s has changed", o.Key)
	}
	return io.NopCloser(strings.NewReader(string(there.content))), nil
}

// feedBench runs the steps of tasks that read feeds.
type feedBench struct {
	*bench
	bucket  *shelves
	world   *feeds.World
	tasks   int
	rekeyed int // keys that were released

	between func() // after each step; nil: nothing
	decrypt asapp.Decryptor
}

// midnight begins the day that is exported.
var midnight = time.UnixMilli(day.From)

func newFeedBench(t *testing.T, seed int64) *feedBench {
	f := &feedBench{bench: newBench(t), bucket: newShelves()}
	f.now = midnight.Add(30 * time.Hour)
	f.world = feeds.New(feeds.Config{Seed: seed, Rows: 8, Now: func() time.Time { return f.now }})
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	f.run.Exporters, f.run.Memory = f, semaphore.NewWeighted(512<<20)
	f.run.Holds, f.run.Told = feedschema.New(f.store, seal.NewBox(ring)), incident.New(f.store, seal.NewBox(ring))
	f.run.Feeds = feedbook.New(feedbook.NewLedger(f.store, seal.NewBox(ring)), f.run.Stage, f.run.Now)
	return f
}

// Exports implements activities.Exporters.
func (f *feedBench) Exports(context.Context, string, account.Source) (source.Exports, error) {
	return asapp.New(asapp.Config{Door: f.bucket, Kind: feed.DoorS3, Decrypt: f.decrypt, Now: f.run.Now}), nil
}

func (f *feedBench) task(table, delivery, dedupe string, leg task.Leg, change ...func(*task.Spec)) string {
	f.tasks++
	id := fmt.Sprintf("feed%d", f.tasks)
	leg.Destination, leg.Path, leg.Encryption.Mode = "shelf", id, task.EncryptNone
	start := midnight
	spec := task.Spec{
		Source: "src", Report: "asapp." + table, Version: "1.0", Format: "jsonl", Zone: "UTC", Revisions: task.Revisions{Mode: task.RevisionsFull},
		Parameters: map[string]json.RawMessage{
			"delivery": json.RawMessage(fmt.Sprintf("%q", delivery)), "dedupe": json.RawMessage(fmt.Sprintf("%q", dedupe)),
		},
		Frequency: task.Frequency{Kind: task.Interval, Every: task.Duration(8 * time.Hour)}, Start: &start,
		EmptyResult: task.EmptyMarker, Destinations: []task.Leg{leg},
	}
	for _, c := range change {
		c(&spec)
	}
	_, err := f.run.Ledger.(*ledger.Ledger).Append(f.t.Context(), "acme", id, ledger.Entry{
		EffectiveFrom: midnight.Add(-time.Hour), Generation: 1, State: ledger.Enabled, Spec: spec,
	})
	require.NoError(f.t, err)
	return id
}

// delivers runs all steps of one window as the workflow does, each as often as it takes, and returns
// what was rendered. Publishing that is not its turn is left to a later call.
func (f *feedBench) delivers(id string, window contract.Span, revision int) (out contract.TransformOut, publish func()) {
	f.t.Helper()
	return f.attempts(f.runOf(id, window, revision))
}

// runOf is the first attempt of a window's run.
func (f *feedBench) runOf(id string, window contract.Span, revision int) contract.RunInput {
	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &window, Revision: revision, Attempt: 1, Trigger: contract.TriggerManual}
	if revision > 0 {
		run.Look = f.now
	}
	return run
}

// attempts is delivers of one attempt.
func (f *feedBench) attempts(run contract.RunInput) (out contract.TransformOut, publish func()) {
	f.t.Helper()
	window, name := *run.Window, contract.RunID(run.Account, run.Task, 1, time.UnixMilli(run.Window.To), run.Revision, run.Attempt)
	plan, err := f.run.Plan(f.t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: name, RunID: "run"})
	require.NoError(f.t, err)
	require.Empty(f.t, plan.SkipWhy)
	in := contract.StepIn{Plan: plan.Plan}
	ready, err := do[contract.AwaitOut](f.run.Await, in)
	require.NoError(f.t, err)
	fetched := again[contract.FetchOut](f, f.run.Fetch, in)
	require.GreaterOrEqual(f.t, fetched.Slices, ready.Leaves, "and what was delivered and is there no more")
	in.Fetched = fetched.Index
	out = again[contract.TransformOut](f, f.run.Transform, in)
	record := contract.RecordIn{
		Run: run, WorkflowID: name, RunID: "run", Plan: plan.Plan, Fetched: fetched, Rendered: out, Window: window,
		Rows: out.Rows, Started: f.now, Ended: f.now, Outcome: contract.OutcomeUnchanged,
	}
	if out.Tracked != nil && out.Tracked.Unchanged {
		return out, func() { require.NoError(f.t, f.run.Record(f.t.Context(), record)) }
	}
	in.Rendered = out.Index
	packed := again[contract.EncryptOut](f, f.run.Encrypt, in)
	in.Packed = packed.Index
	leg := contract.LegIn{StepIn: in, Leg: plan.Legs[0].ID}
	if packed.Files > 0 {
		_ = again[contract.UploadOut](f, f.run.Upload, leg)
		_ = again[contract.VerifyOut](f, f.run.Verify, leg)
	}
	return out, func() {
		published := again[contract.PublishOut](f, f.run.Publish, leg)
		require.NoError(f.t, f.run.Receipt(f.t.Context(), contract.ReceiptIn{LegIn: leg, Published: published}))
		record.Outcome, record.Packed = contract.OutcomeDelivered, packed.Index
		require.NoError(f.t, f.run.Record(f.t.Context(), record))
		_ = again[struct{}](f, f.run.Clean, in)
	}
}

// again does a step until no connection breaks.
func again[Out any](f *feedBench, step, in any) Out {
	f.t.Helper()
	for range 200 {
		out, err := do[Out](step, in)
		if err == nil {
			if f.between != nil {
				f.between()
			}
			return out
		}
		requireKind(f.t, fault.Upstream, err)
	}
	f.t.Fatal("a step never ends")
	panic("unreachable")
}
