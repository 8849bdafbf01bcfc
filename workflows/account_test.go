package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

var anyVersion = contract.Write{IfVersion: contract.AnyVersion}

func TestAccountLife(t *testing.T) {
	b := newBench(t)
	created := b.send(contract.UpdateCreate, contract.CreateIn{Account: "acme", Description: "Acme"})
	settings := b.send(contract.UpdatePutSettings, contract.PutSettingsIn{Settings: account.Settings{Zone: "Asia/Kolkata"}})
	source := b.send(contract.UpdatePutSource, contract.PutSourceIn{
		Source: account.Source{Meta: account.Meta{ID: "src", Description: "brand"}, Kind: "liveperson", Secret: sealed("s")},
	})
	dest := b.send(contract.UpdatePutDestination, contract.PutDestinationIn{
		Destination: account.Destination{Meta: account.Meta{ID: "lake", Description: "the lake"}, Kind: "store"},
	})
	key := b.send(contract.UpdatePutKey, contract.PutKeyIn{Key: account.Key{Meta: account.Meta{ID: "key"}, Armored: "a", Fingerprint: "F"}})
	put := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "messages", Spec: spec()})
	off := b.send(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskDisabled, Note: "maintenance"})
	probe := b.send(contract.UpdateProbe, contract.ProbeIn{Account: "acme", Source: "src"})
	b.run(contract.AccountState{})

	for name, s := range map[string]*sent{
		"create": created, "settings": settings, "source": source, "destination": dest, "key": key, "task": put, "state": off, "probe": probe,
	} {
		require.True(t, s.done, name)
		require.NoError(t, s.err, name)
	}
	require.Equal(t, 1, source.out.Version)
	require.Equal(t, contract.ProbeOut{OK: true, Notes: []string{"src"}}, probe.raw)
	require.Equal(t, 1, put.out.Generation)
	require.Equal(t, account.TaskEnabled, put.out.State)
	require.Equal(t, 2, off.out.Version)

	require.Equal(t, "Acme", b.after.Description)
	require.Equal(t, account.Settings{Zone: "Asia/Kolkata", Version: 1}, b.after.Settings)
	got := b.after.Tasks["messages"]
	require.Equal(t, account.TaskDisabled, got.State)
	require.Equal(t, 1, got.Generation, "disabling changes no data")
	require.Equal(t, got, b.applied[1].Task, "ledger and schedule were given what the registry holds")
	require.Equal(t, "disabled: maintenance", b.applied[1].Note)
	require.Equal(t, []string{"store: the lake"}, b.applied[1].Legs)
	require.True(t, got.UpdatedAt.After(got.CreatedAt))
}

func TestEveryRefusal(t *testing.T) {
	with := func(change func(*task.Spec)) task.Spec {
		s := spec()
		change(&s)
		return s
	}
	long := strings.Repeat("x", 40<<10)
	for name, c := range map[string]struct {
		update string
		in     any
		kind   fault.Kind
		says   string
	}{
		"create twice":              {contract.UpdateCreate, contract.CreateIn{Account: "acme"}, fault.Conflict, "exists already"},
		"no zone":                   {contract.UpdatePutSettings, contract.PutSettingsIn{}, fault.InvalidSpec, "zone"},
		"stale settings":            {contract.UpdatePutSettings, contract.PutSettingsIn{Write: contract.Write{IfVersion: 7}, Settings: account.Settings{Zone: "UTC"}}, fault.Conflict, "version 1, not 7"},
		"bad id":                    {contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "../x"}, Secret: sealed("s")}}, fault.InvalidSpec, "id"},
		"no credentials":            {contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "new"}}}, fault.InvalidSpec, "credentials"},
		"source exists":             {contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "src"}}}, fault.Conflict, "version 4"},
		"source at another version": {contract.UpdatePutSource, contract.PutSourceIn{Write: contract.Write{IfVersion: 3}, Source: account.Source{Meta: account.Meta{ID: "src"}}}, fault.Conflict, "not 3"},
		"source is gone":            {contract.UpdatePutSource, contract.PutSourceIn{Write: contract.Write{IfVersion: 1}, Source: account.Source{Meta: account.Meta{ID: "old"}, Secret: sealed("s")}}, fault.NotFound, "old"},
		"source too large":          {contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "big"}, CA: long, Secret: sealed("s")}}, fault.LimitReached, "at most 32768"},
		"import of one that exists": {contract.UpdateImportSources, contract.ImportSourcesIn{Sources: []account.Source{feeds("one"), feeds("src")}}, fault.Conflict, "version 4"},
		"import without an id":      {contract.UpdateImportSources, contract.ImportSourcesIn{Sources: []account.Source{feeds("one"), feeds("")}}, fault.InvalidSpec, "id"},
		"import of nothing":         {contract.UpdateImportSources, contract.ImportSourcesIn{}, fault.InvalidSpec, "sources"},
		"long description":          {contract.UpdatePutDestination, contract.PutDestinationIn{Destination: account.Destination{Meta: account.Meta{ID: "d", Description: long}}}, fault.InvalidSpec, "description"},
		"key without text":          {contract.UpdatePutKey, contract.PutKeyIn{Key: account.Key{Meta: account.Meta{ID: "k"}}}, fault.InvalidSpec, "armored"},
		"source in use":             {contract.UpdateDeleteSource, contract.DeleteIn{ID: "src"}, fault.Conflict, "used by task messages"},
		"destination in use":        {contract.UpdateDeleteDestination, contract.DeleteIn{ID: "lake"}, fault.Conflict, "used by task messages"},
		"key in use":                {contract.UpdateDeleteKey, contract.DeleteIn{ID: "key"}, fault.Conflict, "used by task messages"},
		"delete what is not there":  {contract.UpdateDeleteKey, contract.DeleteIn{ID: "nothing"}, fault.NotFound, "nothing"},
		"delete at old version":     {contract.UpdateDeleteDestination, contract.DeleteIn{Write: contract.Write{IfVersion: 9}, ID: "idle"}, fault.Conflict, "not 9"},
		"task exists":               {contract.UpdatePutTask, contract.PutTaskIn{ID: "messages", Spec: spec()}, fault.Conflict, "exists already"},
		"task at another version":   {contract.UpdatePutTask, contract.PutTaskIn{Write: contract.Write{IfVersion: 1}, ID: "messages", Spec: spec()}, fault.Conflict, "version 2"},
		"task state":                {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: spec(), State: "on"}, fault.InvalidSpec, "state"},
		"unknown source":            {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: with(func(s *task.Spec) { s.Source = "no" })}, fault.InvalidSpec, "source"},
		"unknown destination":       {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: with(func(s *task.Spec) { s.Destinations = []task.Leg{{Destination: "no"}} })}, fault.InvalidSpec, "destinations[0].destination"},
		"unknown key": {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: with(func(s *task.Spec) {
			s.Destinations = []task.Leg{{Destination: "lake", Encryption: task.Encryption{Keys: []string{"key", "no"}}}}
		})}, fault.InvalidSpec, "destinations[0].encryption.keys[1]"},
		"no destination":      {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: with(func(s *task.Spec) { s.Destinations = nil })}, fault.InvalidSpec, "destinations"},
		"huge spec":           {contract.UpdatePutTask, contract.PutTaskIn{ID: "n", Spec: with(func(s *task.Spec) { s.Zone = long })}, fault.LimitReached, "bytes as JSON"},
		"state of no task":    {contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "n", State: account.TaskEnabled}, fault.NotFound, "n"},
		"unknown state":       {contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: "off"}, fault.InvalidSpec, "enabled or disabled"},
		"delete no task":      {contract.UpdateDeleteTask, contract.DeleteIn{ID: "n"}, fault.NotFound, "n"},
		"probe of two":        {contract.UpdateProbe, contract.ProbeIn{Account: "acme", Source: "src", Destination: "lake"}, fault.InvalidSpec, "either"},
		"probe of nothing":    {contract.UpdateProbe, contract.ProbeIn{Account: "acme"}, fault.InvalidSpec, "either"},
		"probe of unknown":    {contract.UpdateProbe, contract.ProbeIn{Account: "acme", Destination: "no"}, fault.NotFound, "no"},
		"probe elsewhere":     {contract.UpdateProbe, contract.ProbeIn{Account: "other", Source: "src"}, fault.InvalidSpec, "account"},
		"endless idempotency": {contract.UpdatePutDestination, contract.PutDestinationIn{Write: contract.Write{IdemKey: long}, Destination: account.Destination{Meta: account.Meta{ID: "d"}}}, fault.InvalidSpec, "Idempotency-Key"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			got := b.send(c.update, c.in)
			b.run(filled())
			require.True(t, got.done)
			require.Equal(t, c.kind, kindOf(t, got.err), "%v", got.err)
			require.ErrorContains(t, got.err, c.says)
			require.Equal(t, filled().Snapshot, b.after, "a refused write changes nothing")
			require.Empty(t, b.applied)
		})
	}
}

func TestEmptyEntityIsHarmless(t *testing.T) {
	b := newBench(t)
	updates := map[string]any{
		contract.UpdatePutSettings: contract.PutSettingsIn{Settings: account.Settings{Zone: "UTC"}},
		contract.UpdatePutTask:     contract.PutTaskIn{ID: "n", Spec: spec()},
		contract.UpdateDeleteKey:   contract.DeleteIn{ID: "n"},
		contract.UpdateClose:       contract.CloseIn{},
		contract.UpdateProbe:       contract.ProbeIn{Account: "acme", Source: "src"},
		contract.UpdateCreate:      contract.CreateIn{Account: "other"},
	}
	var all []*sent
	for name, in := range updates {
		all = append(all, b.send(name, in))
	}
	b.ExecuteWorkflow(contract.WorkflowAccount, contract.AccountState{})
	for _, s := range all {
		require.True(t, s.done)
		require.Contains(t, []fault.Kind{fault.NotFound, fault.InvalidSpec}, kindOf(t, s.err))
	}
	require.True(t, b.IsWorkflowCompleted())
	require.NoError(t, b.GetWorkflowError(), "an entity that nobody creates ends after a day")
}

func TestRepeatGetsTheFirstAnswer(t *testing.T) {
	b := newBench(t)
	in := contract.PutTaskIn{Write: contract.Write{IdemKey: "req-1", IfVersion: 2}, ID: "messages", Spec: spec()}
	first := b.send(contract.UpdatePutTask, in)
	b.send(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskDisabled})
	again := b.send(contract.UpdatePutTask, in)
	b.run(filled())
	require.NoError(t, first.err)
	require.NoError(t, again.err, "the version moved on, but this write was done")
	require.Equal(t, first.out, again.out)
	require.Len(t, b.applied, 2)
	require.Equal(t, 4, b.after.Tasks["messages"].Version)
}

func TestAnswersAreBounded(t *testing.T) {
	b := newBench(t)
	const writes = 205
	for i := range writes {
		b.send(contract.UpdatePutSettings, contract.PutSettingsIn{
			Write: contract.Write{IdemKey: fmt.Sprint("k", i), IfVersion: contract.AnyVersion}, Settings: account.Settings{Zone: "UTC"},
		})
	}
	state := continued(t, b, filled())
	require.Len(t, state.Answers, 200)
	require.Equal(t, "k5", state.Answers[0].Key)
	require.Equal(t, int64(writes), state.Writes)
}

func TestGeneration(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*task.Spec)
		want   int
	}{
		"nothing":      {func(*task.Spec) {}, 3},
		"description":  {func(s *task.Spec) { s.Description = "new" }, 3},
		"destinations": {func(s *task.Spec) { s.Destinations = append(s.Destinations, task.Leg{Destination: "idle"}) }, 3},
		"notify":       {func(s *task.Spec) { s.Notify = &task.Notify{When: task.NotifyAlways} }, 3},
		"deadline":     {func(s *task.Spec) { s.Deadline = "07:00" }, 3},
		"expectation":  {func(s *task.Spec) { s.Expectation = task.NeverEmpty }, 3},
		"minor":        {func(s *task.Spec) { s.Version = "1.1" }, 3},
		"major":        {func(s *task.Spec) { s.Version = "2.0" }, 4},
		"empty result": {func(s *task.Spec) { s.EmptyResult = "skip" }, 4},
		"window":       {func(s *task.Spec) { s.Frequency.At = "06:00" }, 4},
		"zone":         {func(s *task.Spec) { s.Zone = "UTC" }, 4},
		"delay":        {func(s *task.Spec) { d := task.Duration(time.Hour); s.Delay = &d }, 4},
		"report":       {func(s *task.Spec) { s.Report = "msg.conversations" }, 4},
		"parameters":   {func(s *task.Spec) { s.Parameters = nil }, 4},
		"format":       {func(s *task.Spec) { s.Format = "jsonl" }, 4},
		"formatting":   {func(s *task.Spec) { s.Formatting.Delimiter = ";" }, 4},
		"parts":        {func(s *task.Spec) { s.Parts.Entries = 5 }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			s := spec()
			c.change(&s)
			got := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: s})
			b.run(filled())
			require.NoError(t, got.err)
			require.Equal(t, c.want, got.out.Generation)
			require.Equal(t, c.want, b.applied[0].Task.Generation)
			require.Equal(t, s.Description, b.after.Tasks["messages"].Description)
		})
	}
}

func TestLimits(t *testing.T) {
	b := newBench(t)
	state := filled()
	state.Limits = account.Limits{Tasks: 4, PerReport: 2}
	put := func(id, report string) *sent {
		s := spec()
		s.Report = report
		return b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: id, Spec: s})
	}
	require2 := []*sent{put("b", "msg.messages"), put("c", "cfg.users")}
	third := put("d", "msg.messages")
	last := put("d", "cfg.users")
	move := put("c", "msg.messages")
	fifth := put("e", "cfg.skills")
	b.run(state)
	for _, s := range append(require2, last) {
		require.NoError(t, s.err)
	}
	require.Equal(t, fault.LimitReached, kindOf(t, third.err))
	require.Equal(t, fault.LimitReached, kindOf(t, move.err), "an edit may not pass the limit either")
	require.Equal(t, fault.LimitReached, kindOf(t, fifth.err))
	require.ErrorContains(t, fifth.err, "has 4 tasks, and its plan allows at most 4")
	require.Len(t, b.after.Tasks, 4)
}

func TestSecretsAreKeptAndRedacted(t *testing.T) {
	b := newBench(t)
	b.send(contract.UpdatePutSource, contract.PutSourceIn{
		Write: anyVersion, Source: account.Source{Meta: account.Meta{ID: "src", Description: "renamed"}, Kind: "liveperson"},
	})
	var overview account.Snapshot
	b.RegisterDelayedCallback(func() { overview = b.query(contract.QueryOverview) }, b.next+time.Minute)
	state, app := filled(), anApp("app", "Shop")
	app.Secret, app.Webhook = sealed("client secret"), sealed("client secret")
	state.Apps = map[string]account.App{"app": app}
	b.run(state)
	require.Equal(t, app, b.after.Apps["app"])
	require.Equal(t, "Shop", overview.Apps["app"].Name)
	require.Zero(t, overview.Apps["app"].Secret)
	require.Zero(t, overview.Apps["app"].Webhook)
	require.Equal(t, &account.Callback{URL: app.Callback.URL}, overview.Apps["app"].Callback)
	require.Equal(t, "renamed", b.after.Sources["src"].Description)
	require.Equal(t, sealed("source secret"), b.after.Sources["src"].Secret, "an empty secret keeps the stored one")
	require.Equal(t, 5, b.after.Sources["src"].Version)
	require.Zero(t, overview.Sources["src"].Secret)
	require.Zero(t, overview.Destinations["lake"].Secret)
	require.Equal(t, "the lake", overview.Destinations["lake"].Description)
}

// A credential file's sources come all at once; of a set that holds a wrong one none does.
func TestImportSources(t *testing.T) {
	b := newBench(t)
	whole := b.send(contract.UpdateImportSources, contract.ImportSourcesIn{Write: contract.Write{IdemKey: "k"}, Sources: []account.Source{feeds("one"), feeds("two")}})
	again := b.send(contract.UpdateImportSources, contract.ImportSourcesIn{Write: contract.Write{IdemKey: "k"}, Sources: []account.Source{feeds("one"), feeds("two")}})
	half := b.send(contract.UpdateImportSources, contract.ImportSourcesIn{Sources: []account.Source{feeds("three"), feeds("two")}})
	b.run(filled())
	require.NoError(t, whole.err)
	require.NoError(t, again.err)
	require.Equal(t, fault.Conflict, kindOf(t, half.err))
	require.Equal(t, sealed("one"), b.after.Sources["one"].Secret)
	require.Equal(t, 1, b.after.Sources["two"].Version)
	require.NotContains(t, b.after.Sources, "three")
}

func feeds(id string) account.Source {
	return account.Source{Meta: account.Meta{ID: id, Description: "feeds"}, Kind: account.SourceASAPP, Secret: sealed(id)}
}

func TestFailedApplyLeavesTheRegistry(t *testing.T) {
	b := newBench(t)
	b.fail = temporal.NewNonRetryableApplicationError("write ledger: no space left", string(fault.StorageFull), nil)
	put := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "new", Spec: spec()})
	gone := b.send(contract.UpdateDeleteTask, contract.DeleteIn{ID: "messages"})
	b.RegisterDelayedCallback(func() { b.mu.Lock(); b.fail = nil; b.mu.Unlock() }, b.next+time.Second)
	later := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "new", Spec: spec()})
	b.run(filled())
	require.Equal(t, fault.StorageFull, kindOf(t, put.err))
	require.ErrorContains(t, put.err, "no space left")
	require.Equal(t, fault.StorageFull, kindOf(t, gone.err))
	require.NoError(t, later.err)
	require.Contains(t, b.after.Tasks, "messages")
	require.Contains(t, b.after.Tasks, "new")
}

func TestCloseRemovesEverySchedule(t *testing.T) {
	b := newBench(t)
	b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec()})
	closed := b.send(contract.UpdateClose, contract.CloseIn{})
	b.run(filled())
	require.NoError(t, closed.err)
	require.NoError(t, b.GetWorkflowError())
	require.Len(t, b.removed, 2)
	require.Equal(t, "messages", b.removed[0].Task)
	require.Equal(t, "second", b.removed[1].Task)
	last := b.query(contract.QuerySnapshot)
	require.True(t, last.Closed)
	require.Empty(t, last.Tasks)
}
