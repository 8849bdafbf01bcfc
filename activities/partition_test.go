package activities_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/manifest"
	"transporter/internal/task"
)

// witness tells what became visible at a destination, in order.
type witness struct {
	destination.Destination

	seen []string
}

// Connect implements destination.Destination.
func (w *witness) Connect(ctx context.Context) (destination.Session, error) {
	s, err := w.Destination.Connect(ctx)
	return &witnessed{s, w}, err
}

type witnessed struct {
	destination.Session

	by *witness
}

// Publish implements destination.Session.
func (s *witnessed) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	err := s.Session.Publish(ctx, f, token, replace)
	s.by.tell(err, "+"+f.Name)
	return err
}

// Withdraw implements destination.Withdrawer.
func (s *witnessed) Withdraw(ctx context.Context, f destination.File) error {
	err := s.Session.(destination.Withdrawer).Withdraw(ctx, f)
	s.by.tell(err, "-"+f.Name)
	return err
}

func (w *witness) tell(err error, what string) {
	if err == nil {
		w.seen = append(w.seen, what[:1]+what[strings.LastIndex(what, "/")+1:])
	}
}

// partitioned makes a task of the report that delivers in partitions.
func (b *bench) partitioned(id, report string) {
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", id, ledger.Entry{
		EffectiveFrom: b.now.AddDate(0, 0, -3), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: report, Version: "1.0", Format: "csv", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
			EmptyResult:  task.EmptySkip,
			Destinations: []task.Leg{{Destination: "shelf", Path: "feeds", Layout: task.LayoutPartitioned, Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(b.t, err)
}

// deliver brings rendered parts of a revision to their places, without a source.
func (b *bench) deliver(id string, revision int, parts ...string) error {
	b.t.Helper()
	return b.deliverRun(id, contract.RunInput{Revision: revision}, parts...)
}

func (b *bench) deliverRun(id string, run contract.RunInput, parts ...string) error {
	b.t.Helper()
	leg := b.pack(id, run, parts...)
	_, err := do[contract.UploadOut](b.run.Upload, leg)
	require.NoError(b.t, err)
	for range 2 { // a retry of the step changes nothing
		if _, err = do[contract.PublishOut](b.run.Publish, leg); err != nil {
			return err
		}
	}
	return nil
}

// pack plans a run of the day and encrypts rendered parts for its only leg.
func (b *bench) pack(id string, run contract.RunInput, parts ...string) contract.LegIn {
	b.t.Helper()
	plan, rendered := b.render(id, run, parts...)
	in := contract.StepIn{Plan: plan.Plan, Rendered: rendered}
	packed, err := do[contract.EncryptOut](b.run.Encrypt, in)
	require.NoError(b.t, err)
	in.Packed = packed.Index
	return contract.LegIn{StepIn: in, Leg: plan.Legs[0].ID}
}

func (b *bench) render(id string, run contract.RunInput, parts ...string) (contract.PlanOut, contract.Ref) {
	b.t.Helper()
	run.Account, run.Task, run.Generation, run.Trigger = "acme", id, max(run.Generation, 1), contract.TriggerManual
	run.Window = cmp.Or(run.Window, &day)
	plan, err := b.run.Plan(b.t.Context(), contract.PlanIn{
		Run: run, Nominal: b.now, WorkflowID: fmt.Sprint(id, run.Generation, run.Window, run.Revision, "/", run.Attempt), RunID: "run",
	})
	require.NoError(b.t, err)
	require.Empty(b.t, plan.SkipWhy)
	var index activities.RenderIndex
	for i, body := range parts {
		w, err := b.run.Stage.Create(b.t.Context(), "rendered")
		require.NoError(b.t, err)
		_, err = w.Write([]byte(body))
		require.NoError(b.t, err)
		ref, err := w.Commit(b.t.Context())
		require.NoError(b.t, err)
		index.Parts = append(index.Parts, activities.RenderedPart{Body: ref, Part: i + 1, Rows: int64(strings.Count(body, "\n"))})
	}
	ref, err := b.run.Stage.PutJSON(b.t.Context(), "rendered-index", index)
	require.NoError(b.t, err)
	return plan, ref
}

// there lists the final names at the destination, without their folder.
func (b *bench) there() (names []string) {
	const root = "cloud/acme/shelf/files/feeds/cfg_users/version=1/format=csv/dt=2026-11-19/"
	for info, err := range b.store.List(b.t.Context(), "cloud/acme/shelf/") {
		require.NoError(b.t, err)
		require.True(b.t, strings.HasPrefix(info.Key, root), info.Key)
		names = append(names, strings.TrimPrefix(info.Key, root))
	}
	return names
}

const partition = "feeds/cfg_users/version=1/format=csv/dt=2026-11-19/"

func TestPartitionIsMarkedLast(t *testing.T) {
	for name, c := range map[string]struct {
		parts []string
		want  []string
	}{
		"one file":    {[]string{"a\n"}, []string{"+cfg_users.csv", "+_manifest.json", "+_SUCCESS"}},
		"three files": {[]string{"a\n", "b\n", "c\n"}, []string{"+cfg_users.csv.00", "+cfg_users.csv.01", "+cfg_users.csv.02", "+_manifest.json", "+_SUCCESS"}},
		"without rows, though the task skips those": {[]string{""}, []string{"+_manifest.json", "+_SUCCESS"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.partitioned("feed", "cfg.users")
			require.NoError(t, b.deliver("feed", 0, c.parts...))
			require.Equal(t, append(c.want, c.want...), b.witness.seen, "the second time by a retry that changed nothing")
			m, err := manifest.Read(b.read(partition+"_manifest.json"), b.public)
			require.NoError(t, err)
			require.False(t, m.SkipsEmpty)
			require.Empty(t, b.read(partition+"_SUCCESS"))
		})
	}
}

// A later revision takes the partition over: readers lose the marker before a file changes,
// and find no file of the earlier set when it is back.
func TestRevisionReplacesThePartition(t *testing.T) {
	b := newBench(t)
	b.partitioned("feed", "cfg.users")
	require.NoError(t, b.deliver("feed", 0, "a\n", "b\n", "c\n"))
	b.witness.seen = nil
	require.NoError(t, b.deliver("feed", 1, "A\n", "B\n"))
	require.Equal(t, []string{"-_SUCCESS", "-cfg_users.csv.02", "+cfg_users.csv.00", "+cfg_users.csv.01", "+_manifest.json", "+_SUCCESS"}, b.witness.seen[:6])
	require.Equal(t, []string{"_SUCCESS", "_manifest.json", "cfg_users.csv.00", "cfg_users.csv.01"}, b.there())
	require.Equal(t, "A\n", string(b.read(partition+"cfg_users.csv.00")))
	m, err := manifest.Read(b.read(partition+"_manifest.json"), b.public)
	require.NoError(t, err)
	require.Equal(t, 1, m.Revision)

	require.NoError(t, b.deliver("feed", 2, "one\n"))
	require.Equal(t, []string{"_SUCCESS", "_manifest.json", "cfg_users.csv"}, b.there())
	require.NoError(t, b.deliver("feed", 3, ""))
	require.Equal(t, []string{"_SUCCESS", "_manifest.json"}, b.there())
}

func TestPartitionOfSomebodyElse(t *testing.T) {
	for name, spoil := range map[string]func(*bench){
		"marked by a program that is not ours": func(b *bench) {
			_, err := b.store.Put(b.t.Context(), "cloud/acme/shelf/files/"+partition+"_SUCCESS", strings.NewReader(""))
			require.NoError(b.t, err)
		},
		"of another task": func(b *bench) {
			b.partitioned("other", "cfg.users")
			require.NoError(b.t, b.deliver("other", 0, "theirs\n"))
		},
		"of a later revision": func(b *bench) { require.NoError(b.t, b.deliver("feed", 4, "newer\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.partitioned("feed", "cfg.users")
			spoil(b)
			b.witness.seen = nil
			requireKind(t, fault.Collision, b.deliver("feed", 0, "a\n"))
			require.Empty(t, b.witness.seen)
		})
	}
}
