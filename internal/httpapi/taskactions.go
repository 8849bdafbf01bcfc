package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/fault"
)

// TaskActions asks for one action on many tasks.
type TaskActions struct {
	Action  string   `json:"action" enum:"enable,disable,reset,delete" doc:"What to do with each."`
	Tasks   []string `json:"tasks" minItems:"1" maxItems:"200" doc:"Ids of tasks; an account has no more."`
	CatchUp string   `json:"catchUp,omitempty" enum:"all,latest,none" doc:"With enable: which windows of the pause are delivered."`
}

// TaskResult is what became of one task.
type TaskResult struct {
	Task    string   `json:"task"`
	OK      bool     `json:"ok"`
	Problem *Problem `json:"problem,omitempty" doc:"Why not, as the single action would answer."`
}

// InTaskActions acts on many tasks.
type InTaskActions struct {
	InAccount
	Creation
	Body TaskActions
}

func (s *Server) taskActions() {
	route(s, operation{
		Method: http.MethodPost, Path: "/v1/accounts/{a}/task-actions", ID: "act-on-tasks", Tag: tasks.many,
		Summary: "Enable, disable, reset or delete many tasks",
		Doc:     "Each task is its own action with its own result, in the order of the request: one that fails stops no other. A repeat with the same Idempotency-Key does what failed and nothing else again.",
		Errors:  []int{400, 404, 413, 422},
	}, s.actOnTasks)
}

func (s *Server) actOnTasks(ctx context.Context, in *InTaskActions) (*Listing[TaskResult], error) {
	if _, err := s.snapshot(ctx, in.Account); err != nil {
		return nil, err
	}
	if in.Body.CatchUp != "" && in.Body.Action != "enable" {
		return nil, fault.New(fault.InvalidSpec, "it belongs to enable, not to %s", in.Body.Action).WithField("catchUp").WithFix("leave it out")
	}
	out := &Listing[TaskResult]{Body: List[TaskResult]{Items: []TaskResult{}}}
	for _, id := range in.Body.Tasks {
		result := TaskResult{Task: id, OK: true}
		if err := s.actOnTask(ctx, InThing{in.InAccount, id}, in.change(id), in.Body); err != nil {
			result.OK, result.Problem = false, problemOf(ctx, err)
		}
		out.Body.Items = append(out.Body.Items, result)
	}
	return out, nil
}

// change is that of one task: its key is one of its own, because the account remembers what
// each was used for.
func (in *InTaskActions) change(id string) Change {
	if in.IdempotencyKey == "" {
		return Change{}
	}
	return Change{IdempotencyKey: seedID(seed(in.IdempotencyKey, in.Account, "task-actions", in.Body.Action, id))}
}

func (s *Server) actOnTask(ctx context.Context, at InThing, c Change, do TaskActions) (err error) {
	switch do.Action {
	case "enable":
		_, err = s.enableTask(ctx, &InEnable{InThing: at, Change: c, Body: &EnableRequest{CatchUp: do.CatchUp}})
	case "disable":
		_, err = s.disableTask(ctx, &InDelete{at, c})
	case "reset":
		_, err = s.resetTask(ctx, &InDelete{at, c})
	case "delete":
		_, err = tasks.delete(s)(ctx, &InDelete{at, c})
	}
	return err
}
