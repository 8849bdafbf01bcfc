package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// EnableRequest says what becomes of the windows of the pause.
type EnableRequest struct {
	CatchUp string `json:"catchUp,omitempty" enum:"all,latest,none" doc:"Which windows that fell due meanwhile are delivered: all, only the latest, or none (also when absent)."`
}

// InEnable enables a task.
type InEnable struct {
	InThing
	Change
	Body *EnableRequest
}

// CopyRequest says what the copy is called.
type CopyRequest struct {
	Description string `json:"description,omitempty" maxLength:"200" doc:"Absent: that of the task with \"copy of\" before it."`
	Enabled     bool   `json:"enabled,omitempty" doc:"Let the copy run at once, also over a start in the past; otherwise it is made disabled."`
}

// InCopy copies a task.
type InCopy struct {
	InThing
	Creation
	Body *CopyRequest
}

func (s *Server) taskLife() {
	life := func(verb, summary, doc string) operation {
		return operation{
			Method: http.MethodPost, Path: tasks.path() + "/{id}/" + verb, ID: verb + "-task", Tag: tasks.many,
			Summary: summary, Doc: doc, Errors: []int{400, 404, 409, 412, 422},
		}
	}
	route(s, life("enable", "Enable a task", "Runs fire again from now on; windows of the pause are delivered as catchUp says."), s.enableTask)
	route(s, life("disable", "Disable a task", "No run fires until it is enabled, and its backfills end; a run that is open goes on."), s.disableTask)
	route(s, life("reset", "Reset a task", "Begins the task anew, as if it had just been created: the next generation, enabled, a start in the past delivered again. What was delivered stays."), s.resetTask)
	op := life("copy", "Copy a task", "Makes a task of the same content, disabled unless asked otherwise.")
	op.Status = http.StatusCreated
	route(s, op, s.copyTask)
}

func (s *Server) enableTask(ctx context.Context, in *InEnable) (*Item[TaskView], error) {
	catchUp := ""
	if in.Body != nil {
		catchUp = in.Body.CatchUp
	}
	return s.setTaskState(ctx, in.InThing, in.Change, account.TaskEnabled, catchUp)
}

func (s *Server) disableTask(ctx context.Context, in *InDelete) (*Item[TaskView], error) {
	return s.setTaskState(ctx, in.InThing, in.Change, account.TaskDisabled, "")
}

func (s *Server) setTaskState(ctx context.Context, at InThing, c Change, state, catchUp string) (*Item[TaskView], error) {
	return s.changeTask(ctx, at, c, contract.UpdateSetTaskState, func(w contract.Write) any {
		return contract.SetTaskStateIn{Write: w, ID: at.ID, State: state, Note: state + " by the API", CatchUp: catchUp}
	})
}

func (s *Server) resetTask(ctx context.Context, in *InDelete) (*Item[TaskView], error) {
	item, err := s.changeTask(ctx, in.InThing, in.Change, contract.UpdateResetTask, func(w contract.Write) any {
		return contract.ResetTaskIn{Write: w, ID: in.ID, Note: "by the API"}
	})
	return item, err
}

// changeTask sends an update about one task and answers what the task is then.
func (s *Server) changeTask(ctx context.Context, at InThing, c Change, update string, input func(contract.Write) any) (*Item[TaskView], error) {
	write, _, err := tasks.changing(ctx, s, at, c)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Accounts.Update(ctx, at.Account, update, input(write), nil); err != nil {
		return nil, tasks.raced(ctx, s, at, write, err)
	}
	return tasks.read(ctx, s, at)
}

func (s *Server) copyTask(ctx context.Context, in *InCopy) (*Item[TaskView], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	old, ok := snap.Tasks[in.ID]
	if !ok {
		return nil, notFound("id", tasks.one, in.ID)
	}
	spec, state := old.Spec, account.TaskDisabled
	spec.Description = "copy of " + spec.Description
	if in.Body != nil && in.Body.Description != "" {
		spec.Description = in.Body.Description
	}
	if in.Body != nil && in.Body.Enabled {
		state = account.TaskEnabled
	}
	built, err := s.buildTask(snap, spec, nil)
	if err != nil {
		return nil, err
	}
	id := s.newID(seed(in.IdempotencyKey, in.Account, tasks.many, "copy", in.ID))
	put := s.putTask(in.write(), id, built.Spec)
	put.State = state
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutTask, put, nil); err != nil {
		return nil, err
	}
	return tasks.answerMade(ctx, s, InThing{in.InAccount, id})
}
