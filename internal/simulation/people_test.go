package simulation

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/ledger"
	"transporter/internal/task"
)

// people change tasks through the API and schedules in the Temporal UI. What they asked for
// is remembered, to be held against what became of the windows.
type people struct {
	*world
	busy   map[string]*contract.TaskApplyIn // writes that are not through yet, by task
	pauses []pause
	drops  []drop
	red    map[string]bool // tasks that somebody has to look at
	hands  string          // off this task
}

// pause is a time in which a task was disabled, in the UI or by the API.
type pause struct {
	task     string
	from, to time.Time
	catchUp  string
}

// drop is a moment at which somebody gave up what was due before it.
type drop struct {
	task  string
	at    time.Time
	reset bool
}

// act does one thing to one task.
func (p *people) act() {
	if !p.up(partServer, partWorker) {
		return
	}
	ids := sorted(p.account.Tasks)
	t := p.account.Tasks[ids[p.random.IntN(len(ids))]]
	if p.busy[t.ID] != nil || p.hands == t.ID {
		return
	}
	acts := []func(account.Task){p.edit, p.edit, p.edit, p.toggle, p.toggle, p.toggle, p.pauseInUI, p.unpauseInUI, p.editInUI, p.deleteInUI, p.trigger, p.backfillInUI}
	if p.chance(60) {
		acts = []func(account.Task){p.reset}
	}
	acts[p.random.IntN(len(acts))](t)
}

// apply is what the account's entity does with a change: it is tried until it is through,
// and only then the registry has it.
func (p *people) apply(in contract.TaskApplyIn) error {
	in.Account = acme
	if p.busy[in.Task.ID] == nil && !p.calm && p.chance(100) { // the worker is away for a while
		p.busy[in.Task.ID] = &in
		p.after(p.within(3*time.Hour), func() { _ = p.apply(in) })
		return nil
	}
	if err := p.tasks.Apply(context.Background(), in); err != nil {
		p.busy[in.Task.ID] = &in
		p.after(5*time.Minute, func() { _ = p.apply(in) })
		return err
	}
	delete(p.busy, in.Task.ID)
	p.account.Tasks[in.Task.ID] = in.Task
	return nil
}

func (p *people) changed(t account.Task) account.Task {
	t.Version++
	t.UpdatedAt = p.now.UTC()
	return t
}

// make makes a task.
func (p *people) make(s task.Spec) {
	t := p.changed(account.Task{Meta: account.Meta{ID: s.Description, CreatedAt: p.now.UTC()}, State: account.TaskEnabled, Generation: 1, Spec: s})
	t.Anchor = t.UpdatedAt
	require.NoError(p.t, p.apply(contract.TaskApplyIn{Task: t, Note: "created"}))
}

// edit changes when a task runs, or what it delivers.
func (p *people) edit(t account.Task) {
	s := t.Spec
	choose := func(n int) int { return p.random.IntN(n) }
	switch choose(5) {
	case 0:
		s.Zone = []string{"UTC", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Europe/London", "Asia/Kathmandu"}[choose(6)]
	case 1:
		d := task.Duration(time.Duration(choose(30)) * time.Hour)
		s.Delay = &d
		if s.Report == "cfg.users" || s.Report == "cfg.skills" {
			s.Delay = nil // there is nothing to wait for
		}
	case 2:
		s.Format = []string{"json", "jsonl"}[choose(2)]
	default:
		s.Frequency = p.frequency()
	}
	in := contract.TaskApplyIn{Task: p.changed(t), Note: "edited"}
	if in.Task.Spec = s; !task.SameData(t.Spec, s) {
		in.Task.Generation++
	}
	if p.chance(200) {
		in.Backlog = ledger.BacklogDrop
		p.drops = append(p.drops, drop{t.ID, in.Task.UpdatedAt, false})
	}
	p.note("edits")
	_ = p.apply(in)
}

func (p *people) frequency() task.Frequency {
	at := fmt.Sprintf("%02d:%02d", p.random.IntN(24), 15*p.random.IntN(4))
	switch p.random.IntN(4) {
	case 0:
		return task.Frequency{Kind: task.Weekly, At: at, Weekday: task.Weekdays()[p.random.IntN(7)]}
	case 1:
		return task.Frequency{Kind: task.Interval, Every: task.Duration([]time.Duration{3, 6, 8, 12}[p.random.IntN(4)] * time.Hour)}
	}
	return task.Frequency{Kind: task.Daily, At: at}
}

// toggle disables a task, or enables it with one of the choices.
func (p *people) toggle(t account.Task) {
	if t.State == account.TaskEnabled {
		_ = p.setState(contract.SetTaskStateIn{ID: t.ID, State: account.TaskDisabled})
		return
	}
	choice := []string{ledger.CatchUpAll, ledger.CatchUpLatest, ledger.CatchUpNone}[p.random.IntN(3)]
	_ = p.setState(contract.SetTaskStateIn{ID: t.ID, State: account.TaskEnabled, CatchUp: choice})
}

// setState is the entity's update, by people or by Reconcile.
func (p *people) setState(in contract.SetTaskStateIn) error {
	t := p.account.Tasks[in.ID]
	if p.busy[in.ID] != nil || in.IfVersion > 0 && in.IfVersion != t.Version {
		return errShaky // the next reconciliation finds it
	}
	t = p.changed(t)
	t.State = in.State
	apply := contract.TaskApplyIn{Task: t, Note: in.State, From: in.At}
	if t.State == account.TaskDisabled {
		p.pauses = append(p.pauses, pause{task: t.ID, from: t.UpdatedAt})
		if in.At != nil {
			p.pauses[len(p.pauses)-1].from = *in.At
		}
		p.note("disabled")
		return p.apply(apply)
	}
	apply.CatchUp = in.CatchUp
	p.resume(t.ID, in.CatchUp)
	p.note("enabled, catch up %s", in.CatchUp)
	return p.apply(apply)
}

// resume notes the end of the task's pause.
func (p *people) resume(id, catchUp string) {
	for i := range p.pauses {
		if p.pauses[i].task == id && p.pauses[i].to.IsZero() {
			p.pauses[i].to, p.pauses[i].catchUp = p.now, catchUp
		}
	}
}

// reset begins a task anew.
func (p *people) reset(t account.Task) {
	in := contract.TaskApplyIn{Task: p.changed(t), Note: "reset", Reset: true}
	in.Task.State, in.Task.Generation, in.Task.Anchor = account.TaskEnabled, t.Generation+1, in.Task.UpdatedAt
	p.drops = append(p.drops, drop{t.ID, in.Task.UpdatedAt, true})
	p.resume(t.ID, "")
	p.note("resets")
	_ = p.apply(in)
}

// lookAfterRed has the red windows of tasks tried again, as an operator does every day.
func (p *people) lookAfterRed() {
	if !p.up(partServer, partWorker) {
		return
	}
	for _, id := range sorted(p.red) {
		if p.account.Tasks[id].State != account.TaskEnabled {
			continue
		}
		delete(p.red, id)
		p.note("looks at red windows")
		require.NoError(p.t, (*backfills)(p.server).Start(context.Background(), contract.BackfillIn{
			Account: acme, Task: id, ID: fmt.Sprint("by hand at ", p.now.Unix()), Mode: contract.BackfillFailed, Reason: "red",
		}))
	}
}
