package e2e

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/ledger"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// lively is a brand with some conversations in every few seconds, if they come evenly.
const lively = 80_000_000

// program is what is killed.
type program struct {
	kill  func()
	start func(context.Context) error
}

// The Temporal server and the worker are down over three fire times: when they are back every
// window is delivered once, with the rows that the source has for it.
func TestOutage(t *testing.T) {
	t.Parallel()
	s := openStack(t)
	s.outages(t, []program{s.temporalServer(), s.worker()})
}

// openStack is a stack whose data go on: windows of the present have rows.
func openStack(t *testing.T) *stack {
	t.Helper()
	return start(t, options{size: lively, now: thisHour().Add(2 * time.Hour), sandbox: []string{"--even"}})
}

func (s *stack) temporalServer() program {
	return program{func() { s.Temporal.Kill() }, s.StartTemporal}
}

func (s *stack) worker() program { return program{func() { s.Worker.Kill() }, s.StartWorker} }

// outages takes each group of programs down, one group after the other, over three fire times.
func (s *stack) outages(t *testing.T, groups ...[]program) {
	t.Helper()
	const every = 3 * time.Second
	b, c := s.brand(t), s.client(t)
	begin := time.Now().UTC().Truncate(time.Second).Add(every)
	id := b.short(t, c, "outages", every, begin, begin.Add(200*every))
	var down []httpapi.WindowView
	for _, group := range groups {
		for _, p := range group {
			p.kill()
		}
		began := time.Now()
		time.Sleep(3*every + every/2) // what is tried is that this time passes
		down = append(down, httpapi.WindowView{From: began, To: time.Now()})
		for _, p := range group {
			require.NoError(t, p.start(context.Background()))
		}
	}
	b.endSoon(t, c, id, every)
	lines := b.settled(t, id)
	for _, out := range down {
		missed := slices.DeleteFunc(slices.Clone(lines), func(l httpapi.CoverageLine) bool { return l.Fire.Before(out.From) || l.Fire.After(out.To) })
		require.GreaterOrEqual(t, len(missed), 3, "fire times from %s to %s", out.From, out.To)
	}
	for _, l := range lines {
		require.Contains(t, []string{"delivered", "empty"}, l.Status, "%+v", l)
	}
	rows := b.once(t, id, "outages", lines)
	require.Positive(t, rows, "windows without a row prove nothing")
	t.Logf("%d windows, %d rows", len(lines), rows)
}

// short is a task to a folder of the cloud store whose windows are as short as asked. The API offers
// none of less than five minutes; the account and all behind it take any, so they are asked
// without it.
func (b *brand) short(t *testing.T, c client.Client, name string, every time.Duration, first, last time.Time) string {
	t.Helper()
	far := first.Add(24 * time.Hour)
	s := spec("msg.conversations", "jsonl")
	s.Zone, s.Frequency = "UTC", task.Frequency{Kind: task.Interval, Every: task.Duration(15 * time.Minute)}
	s.Start, s.End, s.Delay = &far, nil, new(task.Duration)
	s.Destinations = b.legs(name)[:1]
	s.Destinations[0].FileName = name + "_{from}_{to}{part}{revision}.{ext}"
	id := b.task(t, s)
	b.putTask(t, c, id, func(s *task.Spec) {
		s.Frequency.Every, s.Start, s.End = task.Duration(every), &first, &last
	})
	return id
}

// endSoon lets the task end with the window after the next.
func (b *brand) endSoon(t *testing.T, c client.Client, id string, every time.Duration) {
	t.Helper()
	b.putTask(t, c, id, func(s *task.Spec) {
		end := time.Now().UTC().Truncate(time.Second).Add(2 * every)
		s.End = &end
	})
}

// putTask edits a task as the API does, but for its checks.
func (b *brand) putTask(t *testing.T, c client.Client, id string, change func(*task.Spec)) {
	t.Helper()
	var s task.Spec
	eventually(t, "the API answers", func() bool {
		v, _, err := b.api.Tasks(b.account).Get(t.Context(), id)
		s = v.Spec
		return err == nil
	})
	change(&s)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID(b.account), UpdateName: contract.UpdatePutTask, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{contract.PutTaskIn{Write: contract.Write{IfVersion: contract.AnyVersion}, ID: id, Spec: s, Backlog: ledger.BacklogKeep}},
	})
	require.NoError(t, err)
	require.NoError(t, handle.Get(ctx, nil))
}

// settled waits until nothing is to be done for any window of the task, which has ended.
func (b *brand) settled(t *testing.T, id string) []httpapi.CoverageLine {
	t.Helper()
	var c httpapi.Coverage
	eventually(t, "every window is finished", func() bool {
		var err error
		c, err = b.api.Coverage(t.Context(), b.account, id, time.Time{}, time.Now().Add(time.Hour))
		return err == nil && len(c.Windows) > 0 && !slices.ContainsFunc(c.Windows, func(l httpapi.CoverageLine) bool {
			return slices.Contains([]string{"running", "missing", "not_due", "failed", "paused"}, l.Status)
		})
	})
	require.Empty(t, c.Summary.Breaks, "the windows tile")
	return c.Windows
}

// once holds what lies at the destination and in the book against coverage and the world:
// of each window that was delivered one file set, one receipt a leg, its rows, and nothing
// else. It returns how many rows there are.
func (b *brand) once(t *testing.T, id, folder string, lines []httpapi.CoverageLine) (rows int) {
	t.Helper()
	var files, spans []string
	all := b.world(t, byEnd, httpapi.WindowView{From: lines[0].From, To: lines[len(lines)-1].To})
	for _, l := range lines {
		if l.Status != "delivered" && l.Status != "empty" {
			continue
		}
		require.Zero(t, l.Revision)
		run := b.look(t, l.Run)
		require.Equal(t, l.Status, run.Outcome)
		want := slices.DeleteFunc(slices.Clone(all), func(c sandbox.Conversation) bool {
			return c.ConversationEnd < l.From.UnixMilli() || c.ConversationEnd >= l.To.UnixMilli() // surveys move the other end
		}).conversations()
		require.Equal(t, want, b.rows(t, run, b.cloud), "rows of the window from %s", l.From)
		require.Equal(t, int64(len(want)), l.Rows)
		rows += len(want)
		for _, f := range b.data(t, run, b.cloud) {
			files = append(files, f.at)
		}
		spans = append(spans, contract.Span{From: l.From.UnixMilli(), To: l.To.UnixMilli()}.String())
	}
	slices.Sort(files)
	require.Equal(t, slices.Compact(slices.Clone(files)), files, "no file is of two windows")
	b.onlyThese(t, id, folder, files, spans)
	return rows
}

// onlyThese asserts that the task has delivered these data files, each with its manifest, and
// that the book holds the receipts of these windows: one of the leg, one of the whole.
func (b *brand) onlyThese(t *testing.T, id, folder string, files, spans []string) {
	t.Helper()
	var lie []string
	manifests := 0
	for _, name := range b.files(t, b.cloud) {
		switch {
		case !strings.HasPrefix(name, "files/"+folder+"/"):
		case strings.HasSuffix(name, ".manifest.json"):
			manifests++
		default:
			lie = append(lie, name)
		}
	}
	require.Equal(t, files, lie, "data files, and nothing temporary")
	require.Equal(t, len(files), manifests)
	count := map[string]int{}
	root := filepath.Join(b.StoreDir(), "receipts", b.account, id)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path, err = filepath.Rel(root, path)
			count[strings.Split(path, string(filepath.Separator))[1]]++
		}
		return err
	}))
	require.Len(t, count, len(spans))
	for _, span := range spans {
		require.Equal(t, 2, count[span], "receipts of %s", span)
	}
}
