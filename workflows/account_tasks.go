package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
	"transporter/internal/task"
)

const (
	// changeDowngrade is since when an edit to an older version has to be asked for by name.
	changeDowngrade = "ask-downgrade"
	// changeEditAtLimit is since when limits hold back only edits that add to what they count.
	changeEditAtLimit = "edit-at-limit"
)

func (e *entity) registerTasks(ctx workflow.Context) error {
	put := newWrite(contract.UpdatePutTask, "create or edit a task, its ledger and its schedule", e.checkTask, e.putTask)
	put.change, put.newer = changeDowngrade, e.checkDowngrade
	put.loosened, put.older = changeEditAtLimit, e.limitsOfOthers
	for _, w := range []interface {
		register(workflow.Context, *entity) error
	}{
		put,
		newWrite(contract.UpdateSetTaskState, "enable or disable a task", e.checkTaskState, e.setTaskState),
		newWrite(contract.UpdateResetTask, "begin a task anew, as if it had just been created", e.checkReset, e.resetTask),
		newWrite(contract.UpdateDeleteTask, "delete a task and its schedule", e.checkDeleteTask, e.deleteTask),
	} {
		if err := w.register(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (e *entity) checkTask(in contract.PutTaskIn) error {
	meta := account.Meta{ID: in.ID, Description: in.Spec.Description}
	if err := e.fits(in.Write, "task", meta, in.Spec); err != nil {
		return err
	}
	stored, ok := e.Tasks[in.ID]
	if err := version("task", in.ID, stored.Version, ok, in.Write); err != nil {
		return err
	}
	if in.State != "" {
		if err := checkState(in.State); err != nil {
			return err
		}
	}
	if in.Backlog != "" && in.Backlog != backlogKeep && in.Backlog != backlogDrop {
		return fault.New(fault.InvalidSpec, "%q is no choice: %s or %s", in.Backlog, backlogKeep, backlogDrop).WithField("backlog")
	}
	if err := e.references(in.Spec); err != nil {
		return err
	}
	if err := e.allowed(in.Spec, e.Allowed(in.Plans)); err != nil {
		return err
	}
	return e.limits(in)
}

// checkDowngrade refuses a version older than the task's that nobody asked for by name.
func (e *entity) checkDowngrade(in contract.PutTaskIn) error {
	stored := e.Tasks[in.ID].Spec
	if in.Downgrade || !older(in.Spec, stored) {
		return nil
	}
	return fault.New(fault.InvalidSpec, "version %s is older than the task's, %s", in.Spec.Version, stored.Version).WithField("version").
		WithFix("a downgrade has to be asked for by name, in the upgrade of the task")
}

// Choices of an edit and of enabling, as the ledger writes them.
const (
	backlogKeep = "keep"
	backlogDrop = "drop"
)

var catchUps = []string{"", "none", "latest", "all"}

// older reports that a spec names an older version of the same report than another.
func older(s, than task.Spec) bool {
	return s.Report == than.Report && task.OlderVersion(s.Version, than.Version)
}

func checkState(state string) error {
	if state == account.TaskEnabled || state == account.TaskDisabled {
		return nil
	}
	return fault.New(fault.InvalidSpec, "%q is no state: %s or %s", state, account.TaskEnabled, account.TaskDisabled).WithField("state")
}

// references refuses a task that names what the account does not have.
func (e *entity) references(s task.Spec) error {
	if _, ok := e.Sources[s.Source]; !ok {
		return absent("source", "source", s.Source)
	}
	if len(s.Destinations) == 0 {
		return fault.New(fault.InvalidSpec, "a task needs at least one").WithField("destinations")
	}
	for i, leg := range s.Destinations {
		if _, ok := e.Destinations[leg.Destination]; !ok {
			return absent(fmt.Sprintf("destinations[%d].destination", i), "destination", leg.Destination)
		}
		for j, key := range leg.Encryption.Keys {
			if _, ok := e.Keys[key]; !ok {
				return absent(fmt.Sprintf("destinations[%d].encryption.keys[%d]", i, j), "key", key)
			}
		}
	}
	return nil
}

func absent(field, what, id string) error {
	return fault.New(fault.InvalidSpec, "the account has no %s %q", what, id).WithField(field).WithFix("create it first")
}

// fieldTasks is where the limit of all tasks is reached: no field of the task can help.
const fieldTasks = "path.tasks"

// limits refuses a task that is one too many. An edit that adds to no count passes, also
// when a limit was lowered below what the account has.
func (e *entity) limits(in contract.PutTaskIn) error {
	stored, exists := e.Tasks[in.ID]
	if exists && stored.Spec.Report == in.Spec.Report {
		return nil
	}
	return e.limitsOf(in, exists)
}

// limitsOfOthers is what limits was: it held back every edit while the other tasks alone
// reached a limit.
func (e *entity) limitsOfOthers(in contract.PutTaskIn) error { return e.limitsOf(in, false) }

// limitsOf counts the other tasks, of the report and, unless the task is one of the account's
// already, of the account.
func (e *entity) limitsOf(in contract.PutTaskIn, counted bool) error {
	most := e.Allowed(in.Plans)
	all, same := 0, 0
	for _, id := range workflow.DeterministicKeys(e.Tasks) {
		if id == in.ID {
			continue
		}
		all++
		if e.Tasks[id].Spec.Report == in.Spec.Report {
			same++
		}
	}
	if all >= most.Tasks && !counted {
		return fault.New(fault.LimitReached, "the account has %s, and its plan allows at most %d", human.Count(all, "task"), most.Tasks).
			WithField(fieldTasks).WithFix("delete one that is not needed, or have the limit of the account raised")
	}
	if same >= most.PerReport {
		return fault.New(fault.LimitReached, "the account has %s of %s, and its plan allows at most %d", human.Count(same, "task"), in.Spec.Report, most.PerReport).
			WithField("report").WithFix("delete or edit one of them, or have the limit of the account raised")
	}
	return nil
}

// putTask writes ledger and schedule first and the registry last: when it has returned
// they agree, and after a failure a repeat brings them together.
func (e *entity) putTask(ctx workflow.Context, in contract.PutTaskIn) (contract.Written, error) {
	stored, exists := e.Tasks[in.ID]
	t := account.Task{
		Meta:       edited(stored.Meta, account.Meta{ID: in.ID, Description: in.Spec.Description}, workflow.Now(ctx)),
		State:      in.State,
		Generation: stored.Generation,
		Anchor:     stored.Anchor,
		Spec:       in.Spec,
	}
	if t.State == "" {
		t.State = stored.State
	}
	if t.State == "" {
		t.State = account.TaskEnabled
	}
	what := "edited"
	switch {
	case !exists:
		t.Generation, t.Anchor, what = 1, t.UpdatedAt, "created"
	case !task.SameData(stored.Spec, in.Spec):
		t.Generation++
		what = fmt.Sprintf("edited: generation %d", t.Generation)
	}
	return e.applyTask(ctx, contract.TaskApplyIn{Task: t, Note: what, Backlog: in.Backlog})
}

func (e *entity) applyTask(ctx workflow.Context, in contract.TaskApplyIn) (contract.Written, error) {
	t := in.Task
	ctx = summarise(ctx, "%s: %s", human.Clip(t.Description, maxTitle), in.Note)
	in.Account, in.Legs = e.ID, e.Labels(t.Spec)
	if _, err := exec[struct{}](ctx, contract.ActivityTaskApply, in); err != nil {
		return contract.Written{}, err
	}
	e.Tasks[t.ID] = t
	return contract.Written{Meta: t.Meta, Generation: t.Generation, State: t.State}, nil
}

func (e *entity) checkTaskState(in contract.SetTaskStateIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if err := checkState(in.State); err != nil {
		return err
	}
	if !slices.Contains(catchUps, in.CatchUp) {
		return fault.New(fault.InvalidSpec, "%q is no choice: all, latest or none", in.CatchUp).WithField("catchUp")
	}
	t, ok := e.Tasks[in.ID]
	return existing("task", in.ID, t.Version, ok, in.Write)
}

func (e *entity) setTaskState(ctx workflow.Context, in contract.SetTaskStateIn) (contract.Written, error) {
	t := e.Tasks[in.ID]
	t.Meta = edited(t.Meta, t.Meta, workflow.Now(ctx))
	t.State = in.State
	note := in.State
	if in.Note != "" {
		note += ": " + human.Clip(in.Note, maxDescription)
	}
	apply := contract.TaskApplyIn{Task: t, Note: note, From: in.At}
	if in.State == account.TaskEnabled {
		apply.CatchUp = in.CatchUp
	}
	return e.applyTask(ctx, apply)
}

func (e *entity) checkReset(in contract.ResetTaskIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	t, ok := e.Tasks[in.ID]
	return existing("task", in.ID, t.Version, ok, in.Write)
}

// resetTask begins a new epoch: the next generation, enabled, with a start in the past
// backfilled again. Files that were delivered stay; theirs is another generation.
func (e *entity) resetTask(ctx workflow.Context, in contract.ResetTaskIn) (contract.Written, error) {
	t := e.Tasks[in.ID]
	t.Meta = edited(t.Meta, t.Meta, workflow.Now(ctx))
	t.State, t.Generation, t.Anchor = account.TaskEnabled, t.Generation+1, t.UpdatedAt
	note := fmt.Sprintf("reset: generation %d", t.Generation)
	if in.Note != "" {
		note += ", " + human.Clip(in.Note, maxDescription)
	}
	return e.applyTask(ctx, contract.TaskApplyIn{Task: t, Note: note, Reset: true})
}

func (e *entity) checkDeleteTask(in contract.DeleteIn) error {
	t, ok := e.Tasks[in.ID]
	return e.deletable("task", in, t.Meta, ok)
}

func (e *entity) deleteTask(ctx workflow.Context, in contract.DeleteIn) (contract.Written, error) {
	t := e.Tasks[in.ID]
	if err := e.removeTask(ctx, in.ID, "deleted"); err != nil {
		return contract.Written{}, err
	}
	return contract.Written{Meta: t.Meta, Generation: t.Generation, State: t.State}, nil
}

func (e *entity) removeTask(ctx workflow.Context, id, note string) error {
	ctx = summarise(ctx, "%s: %s", human.Clip(e.Tasks[id].Description, maxTitle), note)
	in := contract.TaskRemoveIn{Account: e.ID, Task: id, Note: note}
	if _, err := exec[struct{}](ctx, contract.ActivityTaskRemove, in); err != nil {
		return err
	}
	delete(e.Tasks, id)
	return nil
}
