package activities

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/incident"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// kept is a store on disk whose objects are made older, and who works on what.
type kept struct {
	*Reconcile
	Ended
	t       *testing.T
	folder  string
	now     time.Time
	working []contract.OpenRun
	book    *incident.Book
}

func (k *kept) Working(context.Context, string) ([]contract.OpenRun, error) { return k.working, nil }

func newKept(t *testing.T) *kept {
	k := &kept{t: t, folder: t.TempDir(), now: time.Now()}
	st, err := store.NewFile(k.folder)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	k.book = incident.New(st, box)
	k.Reconcile = &Reconcile{
		Runs: k, Incidents: k.book, Now: func() time.Time { return k.now },
		Kept: Kept{
			Store: st, Stage: staging.New(st, box), Artefacts: 14 * 24 * time.Hour, Cloud: 28 * 24 * time.Hour, Pages: 90 * 24 * time.Hour,
			Conversations: 100 * 24 * time.Hour,
		},
	}
	return k
}

// put writes an object that is so many days old.
func (k *kept) put(key string, days int) {
	k.t.Helper()
	_, err := k.Kept.Store.Put(k.t.Context(), key, strings.NewReader("x"))
	require.NoError(k.t, err)
	k.age(key, days)
}

func (k *kept) age(key string, days int) {
	k.t.Helper()
	at := k.now.AddDate(0, 0, -days)
	require.NoError(k.t, filepath.WalkDir(k.folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(filepath.ToSlash(path), key) {
			err = os.Chtimes(path, at, at)
		}
		return err
	}))
}

// left lists the objects below the prefix after the daily work.
func (k *kept) left(prefix string) (keys []string) {
	k.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(k.work)
	_, err := env.ExecuteActivity(k.work)
	require.NoError(k.t, err)
	for info, err := range k.Kept.Store.List(k.t.Context(), prefix) {
		require.NoError(k.t, err)
		keys = append(keys, strings.TrimPrefix(info.Key, prefix))
	}
	sort.Strings(keys)
	return keys
}

func (k *kept) work(ctx context.Context) error {
	pulse, running, stop := startPulse(ctx)
	defer stop()
	var out contract.Maintained
	return k.expireAll(running, "acme", &out, pulse)
}

func TestWhatIsPastItsTermGoes(t *testing.T) {
	k := newKept(t)
	window := contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: testSpan}
	next := window
	next.Span = contract.Span{From: testSpan.To, To: testSpan.To + testSpan.To - testSpan.From}
	for name, c := range map[string]struct {
		prefix string
		days   int // it stays
	}{
		"pages of a red window":  {pagesPrefix(window) + "/f/", 90},
		"journals of uploads":    {uploadsPrefix(window) + "/", 90},
		"pages of a sweep":       {"sweeps/acme/t1/k/", 7},
		"what was rendered":      {artefactsPrefix(window) + "/", 14},
		"cloud store":            {"cloud/acme/d1/out/", 28},
		"certificates":           {"certificates/acme/t1/", 30},
		"unread webhooks":        {"unread/acme/app/", 100},
		"messages that went out": {"incidents/acme/told/", 90},
	} {
		k.put(c.prefix+"old", c.days+1)
		k.put(c.prefix+"young", c.days-1)
		require.Equal(t, []string{"young"}, k.left(c.prefix), name)
	}
	// What a killed test of the cloud store has left goes after a day; what only looks so is a file.
	probe, token := destination.ProbeFile(destination.HiddenProbe)
	left := []string{"cloud/acme/d2/files/" + probe.Name, "cloud/acme/d2/temp/" + token + "/" + probe.Name}
	for _, key := range append(left, "cloud/acme/d2/files/.probe-of-theirs") {
		k.put(key, 0)
	}
	require.Len(t, k.left("cloud/acme/d2/"), 3)
	for _, key := range append(left, "cloud/acme/d2/files/.probe-of-theirs") {
		k.age(key, 1)
	}
	require.Equal(t, []string{"files/.probe-of-theirs"}, k.left("cloud/acme/d2/"))

	// Proof stays for good, and what is another account's.
	for _, key := range []string{
		"receipts/acme/t1/r", "claims/acme/t1/c", "names/acme/n", "runs/acme/t1/r", "done/acme/t1/202611/d", "ledger/acme/t1/1", "ledger-frozen/acme/t1/1",
		"incidents/acme/closed/i", "pages/acme2/t1/g1/p",
	} {
		k.put(key, 4000)
		require.Len(t, k.left(key), 1, key)
	}

	// The last snapshot of a task stays with its pages, for the changes of the next window.
	_, err := k.Kept.Stage.Commit(k.t.Context(), "snapshots/acme/s/cfg.users/t1/00000001", snapshot{Window: next.Span, Taken: k.now.AddDate(0, 0, -200)})
	require.NoError(t, err)
	_, err = k.Kept.Stage.Commit(k.t.Context(), "snapshots/acme/s/cfg.users/t1/00000002", snapshot{Window: window.Span, Taken: k.now.AddDate(0, 0, -100)})
	require.NoError(t, err)
	k.put(pagesPrefix(window)+"/last", 100)
	k.put(pagesPrefix(next)+"/before", 200)
	k.age("t1/00000001", 200)
	k.age("t1/00000002", 100)
	require.Equal(t, []string{"s/cfg.users/t1/00000002"}, k.left("snapshots/acme/"))
	require.Contains(t, k.left(pagesPrefix(window)+"/"), "last")
	require.Empty(t, k.left(pagesPrefix(next)+"/"))
	k.now = k.now.AddDate(0, 0, 301)
	require.Empty(t, k.left("snapshots/acme/"), "the task is no more")
	k.now = k.now.AddDate(0, 0, -301)

	// An open run has what it works with, however old; the next window has not.
	k.working = []contract.OpenRun{{RunName: contract.RunName{Account: "acme", Task: "t1", Generation: 1}, WindowEnd: time.UnixMilli(testSpan.To)}}
	for _, prefix := range []func(contract.Delivery) string{pagesPrefix, uploadsPrefix, artefactsPrefix} {
		k.put(prefix(window)+"/held", 400)
		k.put(prefix(next)+"/free", 400)
		require.Contains(t, k.left(prefix(window)+"/"), "held")
		require.Empty(t, k.left(prefix(next)+"/"))
	}
	k.working[0].WindowEnd = time.Time{} // its plan has not said which
	k.put(pagesPrefix(next)+"/free", 400)
	require.Len(t, k.left(pagesPrefix(next)+"/"), 1)
	k.working = nil
	require.Empty(t, k.left(pagesPrefix(next)+"/"))

	k.Kept.Pages, k.Kept.Artefacts = 0, 0
	k.put(pagesPrefix(next)+"/good", 4000)
	k.put(artefactsPrefix(next)+"/good", 4000)
	require.Len(t, k.left(pagesPrefix(next)+"/"), 1, "0 is for good")
	require.Len(t, k.left(artefactsPrefix(next)+"/"), 1, "0 is for good")
}

// That a message went out is remembered while the incident that it may be of is open: else
// it would be told again.
func TestToldIsRememberedWhileAnIncidentIsOpen(t *testing.T) {
	k, ctx := newKept(t), t.Context()
	lost := incident.Incident{Account: "acme", Task: "t1", Kind: incident.WindowLost, Opened: k.now.AddDate(0, 0, -200)}
	_, err := k.Incidents.Open(ctx, lost)
	require.NoError(t, err)
	k.put("incidents/acme/told/of-it", 199)
	k.put("incidents/acme/told/before-it", 201)
	require.Equal(t, []string{"of-it"}, k.left("incidents/acme/told/"))
}

func TestIncidentsOfDeletedTasksEnd(t *testing.T) {
	k, ctx := newKept(t), t.Context()
	for _, of := range []string{"there", "gone", ""} {
		_, err := k.Incidents.Open(ctx, incident.Incident{Account: "acme", Task: of, Kind: incident.RunFailed, Opened: k.now})
		require.NoError(t, err)
	}
	require.NoError(t, k.closeOver(ctx, account.Snapshot{ID: "acme", Tasks: map[string]account.Task{"there": {}}}))
	all, err := k.Incidents.All(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []string{"", "there"}, []string{all[0].Task, all[1].Task}, "the account's own stay")
}

// A platform that never exports what was missing is waited for no longer than it is looked for.
func TestIncidentsOfExportsThatNobodyLooksForEnd(t *testing.T) {
	k, ctx := newKept(t), t.Context()
	for kind, days := range map[string]int{incident.FeedSilent: 35, incident.FeedWithdrawn: 35, incident.RunFailed: 90} {
		_, err := k.Incidents.Open(ctx, incident.Incident{Account: "acme", Task: "there", Kind: kind, Opened: k.now.AddDate(0, 0, -days)})
		require.NoError(t, err)
	}
	_, err := k.Incidents.Open(ctx, incident.Incident{Account: "acme", Task: "there", Kind: incident.FeedSilent, Key: "younger", Opened: k.now.AddDate(0, 0, -34)})
	require.NoError(t, err)
	require.NoError(t, k.closeOver(ctx, account.Snapshot{ID: "acme", Tasks: map[string]account.Task{"there": {}}}))
	all, err := k.Incidents.All(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []string{incident.RunFailed, "younger"}, []string{all[0].Kind, all[1].Key})
}

// Where files are kept for good, attempts that were killed go all the same.
func TestKilledAttemptsGo(t *testing.T) {
	k, ctx := newKept(t), t.Context()
	k.Kept.Artefacts = 0
	window := contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: testSpan}
	done, open := artefactsPrefix(window)+"/packed-a/", artefactsPrefix(window)+"/packed-b/"
	w, err := k.Kept.Stage.Create(ctx, strings.TrimSuffix(done, "/"))
	require.NoError(t, err)
	_, err = w.Write([]byte("file"))
	require.NoError(t, err)
	ref, err := w.Commit(ctx)
	require.NoError(t, err)
	won, err := k.Kept.Stage.Commit(ctx, done+"commit", ref)
	require.NoError(t, err)
	require.True(t, won)
	k.age(strings.TrimPrefix(ref.Key, done), 400)
	k.put(done+"~killed", 3)
	k.put(done+"~going-on", 1)
	k.put(open+"~killed", 3)
	k.put(open+"~going-on", 1)
	k.put(artefactsPrefix(window)+"/rendered-c/~body", 400)
	k.put(artefactsPrefix(window)+"/rendered-c/scratch/~killed", 3)
	k.put(artefactsPrefix(window)+"/rendered-d/scratch/~going-on", 1)

	require.ElementsMatch(t, []string{"commit", "~going-on", strings.TrimPrefix(ref.Key, done)}, k.left(done))
	require.Equal(t, []string{"~going-on"}, k.left(open))
	require.Equal(t, []string{"~body"}, k.left(artefactsPrefix(window)+"/rendered-c/"), "what a rendering consists of")
	require.Equal(t, []string{"~going-on"}, k.left(artefactsPrefix(window)+"/rendered-d/scratch/"))
	require.NoError(t, read(ctx, k.Kept.Stage, ref), "the file that counts is whole")
}

func read(ctx context.Context, stage *Stage, ref Ref) error {
	r, err := stage.Open(ctx, ref)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}
