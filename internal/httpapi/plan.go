package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination/kind"
	"transporter/internal/fault"
	"transporter/internal/task"

	"github.com/danielgtaylor/huma/v2"
)

// Plan is what an account may do.
type Plan struct {
	Plan   string `json:"plan" enum:"basic,premium" doc:"Unless it is set otherwise, basic: tasks run just once, over at most 24 hours, to the cloud store only; premium: everything; both: 15 tasks, 3 of a report."`
	Limits Limits `json:"limits,omitzero" doc:"The account's own, in place of those of the plan; what is absent is as the plan says."`
}

// PlanView is a plan as it is shown.
type PlanView struct {
	Plan
	Allowed Limits `json:"allowed" doc:"What counts: the account's own limits, and those of its plan for the rest. What is absent is not limited."`
}

// Limits is what a plan allows.
type Limits struct {
	Tasks        int           `json:"tasks,omitempty" minimum:"0" maximum:"200" doc:"Tasks in all." example:"15"`
	PerReport    int           `json:"perReport,omitempty" minimum:"0" maximum:"200" doc:"Tasks of one report." example:"3"`
	Window       task.Duration `json:"window,omitempty" doc:"The longest window of a task." example:"1d"`
	Frequencies  []string      `json:"frequencies,omitempty" enum:"once,interval,daily,weekly" doc:"How often tasks may run." example:"[\"once\"]"`
	Destinations []string      `json:"destinations,omitempty" doc:"The kinds of destinations that tasks may deliver to." example:"[\"store\"]"`
}

// TransformSchema names the kinds of destinations that there are.
func (Limits) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	kinds := s.Properties["destinations"].Items
	for _, name := range kind.Names() {
		kinds.Enum = append(kinds.Enum, name)
	}
	return s
}

// InPlan replaces the plan.
type InPlan struct {
	InAccount
	Change
	Body Plan
}

func (s *Server) plan() {
	const at, tag = "/v1/accounts/{a}/plan", "accounts"
	route(s, operation{Method: http.MethodGet, Path: at, ID: "get-plan", Tag: tag, Summary: "Show plan and limits", Errors: []int{404}}, s.getPlan)
	route(s, operation{
		Method: http.MethodPut, Path: at, ID: "replace-plan", Tag: tag, Summary: "Set plan and limits",
		Doc: "Decides what may be made from now on; tasks that are there go on, and can be edited where a limit is below what there is.", Errors: []int{400, 404, 409, 412, 413, 422},
	}, s.putPlan)
}

func (s *Server) getPlan(ctx context.Context, in *InAccount) (*Item[PlanView], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return &Item[PlanView]{ETag: etag(snap.PlanVersion), Body: PlanView{
		Plan:    Plan{Plan: cmp.Or(snap.Plan, account.PlanPremium), Limits: Limits(snap.Limits)},
		Allowed: Limits(snap.Allowed(s.cfg.Plans)),
	}}, nil
}

func (s *Server) putPlan(ctx context.Context, in *InPlan) (*Item[PlanView], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	write, err := in.write()
	if err == nil && write.IdemKey == "" {
		err = checkVersion(write, snap.PlanVersion)
	}
	if err != nil {
		return nil, err
	}
	put := contract.PutPlanIn{Write: write, Plan: in.Body.Plan, Limits: account.Limits(in.Body.Limits)}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutPlan, put, nil); err != nil {
		return nil, err
	}
	return s.getPlan(ctx, &in.InAccount)
}

// ParseLimits reads limits as JSON, as a body of the API is read: an unknown field or a value
// that cannot be kept is fault.InvalidSpec.
func ParseLimits(text []byte) (account.Limits, error) {
	registry := registry()
	schema := registry.Schema(reflect.TypeFor[Limits](), true, "")
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return account.Limits{}, fault.New(fault.InvalidSpec, "it is not JSON: %w", err).WithFix(`write such as {"tasks": 5}`)
	}
	var found huma.ValidateResult
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, &found)
	for _, err := range found.Errors {
		if issue, ok := humaIssue(err); ok {
			return account.Limits{}, fault.New(fault.InvalidSpec, "%s", issue.Message).WithField(strings.TrimPrefix(issue.Location, "."))
		}
	}
	var limits Limits
	err := json.Unmarshal(text, &limits)
	return account.Limits(limits), err
}
