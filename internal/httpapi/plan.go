package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// Plan is what an account may do.
type Plan struct {
	Plan   string `json:"plan" enum:"basic,premium" doc:"basic: tasks run just once, over at most 24 hours, to the cloud store only. premium: everything."`
	Limits Limits `json:"limits,omitzero" doc:"Absent: those of the plan, 15 tasks and 3 of a report."`
}

// Limits bounds the tasks of an account.
type Limits struct {
	Tasks     int `json:"tasks,omitempty" minimum:"0" maximum:"200" doc:"Tasks in all; 0: 15."`
	PerReport int `json:"perReport,omitempty" minimum:"0" maximum:"200" doc:"Tasks of one report; 0: 3."`
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
		Doc: "Decides what may be made from now on; tasks that are there go on.", Errors: []int{400, 404, 409, 412, 413, 422},
	}, s.putPlan)
}

func (s *Server) getPlan(ctx context.Context, in *InAccount) (*Item[Plan], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return &Item[Plan]{ETag: etag(snap.PlanVersion), Body: Plan{
		Plan: cmp.Or(snap.Plan, account.PlanPremium), Limits: Limits(snap.Limits),
	}}, nil
}

func (s *Server) putPlan(ctx context.Context, in *InPlan) (*Item[Plan], error) {
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
