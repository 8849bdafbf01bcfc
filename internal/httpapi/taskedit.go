package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// InReplaceTask replaces a task.
type InReplaceTask struct {
	InReplace[task.Spec]

	Backlog string `query:"backlog" enum:"keep,drop" doc:"What becomes of windows that are due and not delivered when the edit changes what is delivered: keep delivers them as the task was, drop gives them up. Needed only when there are any."`
}

// UpgradeRequest asks for another version of the report.
type UpgradeRequest struct {
	Version string `json:"version,omitempty" maxLength:"20" doc:"Absent: the newest. An older one than the task's is a downgrade and has to be named." example:"2.0"`
}

// InUpgrade changes the version of the report.
type InUpgrade struct {
	InThing
	Change
	Backlog string `query:"backlog" enum:"keep,drop" doc:"As in the replacement of a task."`
	Body    *UpgradeRequest
}

func (s *Server) taskEdits() {
	route(s, operation{
		Method: http.MethodPut, Path: tasks.path() + "/{id}", ID: "replace-task", Tag: tasks.many,
		Summary: "Replace a task", Doc: tasks.body, Errors: []int{400, 404, 409, 412, 413, 422},
	}, s.replaceTask)
	route(s, operation{
		Method: http.MethodPost, Path: tasks.path() + "/{id}/upgrade", ID: "upgrade-task", Tag: tasks.many,
		Summary: "Change the version of a task's report",
		Doc:     "To the newest version, or to the one that is named. A downgrade is possible only to a version that is still shipped, and only by naming it here.",
		Errors:  []int{400, 404, 409, 412, 413, 422},
	}, s.upgradeTask)
}

func (s *Server) replaceTask(ctx context.Context, in *InReplaceTask) (*Item[TaskView], error) {
	return s.editTask(ctx, in.InThing, in.Change, in.Backlog, false, func(account.Task) task.Spec { return in.Body })
}

func (s *Server) upgradeTask(ctx context.Context, in *InUpgrade) (*Item[TaskView], error) {
	named := in.Body != nil && in.Body.Version != ""
	return s.editTask(ctx, in.InThing, in.Change, in.Backlog, named, func(old account.Task) task.Spec {
		spec := old.Spec
		if spec.Version = newest(spec.Report); named {
			spec.Version = in.Body.Version
		}
		return spec
	})
}

// editTask replaces the spec of a task by what change makes of it.
func (s *Server) editTask(ctx context.Context, at InThing, c Change, backlog string, downgrade bool,
	change func(account.Task) task.Spec,
) (*Item[TaskView], error) {
	write, snap, err := tasks.changing(ctx, s, at, c)
	if err != nil {
		return nil, err
	}
	old, ok := snap.Tasks[at.ID]
	if !ok {
		return nil, notFound("id", tasks.one, at.ID)
	}
	edited, err := s.buildTask(snap, change(old), &old)
	if err != nil {
		return nil, err
	}
	if backlog == "" && !task.SameData(old.Spec, edited.Spec) {
		if err := s.askBacklog(ctx, at); err != nil {
			return nil, err
		}
	}
	put := s.putTask(write, at.ID, edited.Spec)
	put.Backlog, put.Downgrade = backlog, downgrade
	if err := s.cfg.Accounts.Update(ctx, at.Account, contract.UpdatePutTask, put, nil); err != nil {
		return nil, tasks.raced(ctx, s, at, write, err)
	}
	return tasks.read(ctx, s, at)
}

// askBacklog refuses an edit that would leave open what becomes of windows that are due.
func (s *Server) askBacklog(ctx context.Context, at InThing) error {
	n, err := s.undelivered(ctx, at.Account, at.ID)
	if fault.Is(err, fault.ConfigMissing) { // no ledger, no window
		return nil
	}
	if err != nil || n == 0 {
		return err
	}
	return fault.New(fault.InvalidSpec, "%d windows of the task are due and not delivered, and the edit changes what is delivered", n).
		WithField("query.backlog").
		WithFix("say keep to have them delivered as the task was, or drop to give them up")
}
