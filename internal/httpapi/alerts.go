package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/alert"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/incident"
)

// Incidents lists what is wrong now; it is an incident.Book.
type Incidents interface {
	All(ctx context.Context, account string) ([]incident.Incident, error)
}

func (s *Server) alerts() {
	route(s, operation{
		Method: http.MethodGet, Path: "/v1/accounts/{a}/alerts", ID: "list-alerts", Tag: "alerts",
		Summary: "List what people should look at",
		Doc:     "Steps of the set-up that are missing, limits, keys that expire, and what is red, late or lost now, each with what to do. Problems come first.",
		Errors:  []int{404},
	}, s.listAlerts)
}

func (s *Server) listAlerts(ctx context.Context, in *InAccount) (*Listing[alert.Alert], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	facts := alert.Facts{Account: snap, KeyEnds: alert.KeyEnds(snap), Limit: snap.Allowed(s.cfg.Plans).Tasks, Now: s.cfg.Now()}
	if facts.Incidents, err = s.cfg.Incidents.All(ctx, snap.ID); err != nil {
		return nil, err
	}
	for i := range facts.Incidents {
		red, err := s.redRun(ctx, &facts.Incidents[i])
		if err != nil {
			return nil, err
		}
		if red != nil {
			facts.Red = append(facts.Red, *red)
		}
	}
	out := &Listing[alert.Alert]{Body: List[alert.Alert]{Items: []alert.Alert{}}}
	out.Body.Items = append(out.Body.Items, alert.Of(facts)...)
	return out, nil
}

// redRun reads the step at which the run of an incident failed, and gives the run the id
// that it has in URLs.
func (s *Server) redRun(ctx context.Context, i *incident.Incident) (*alert.RedRun, error) {
	name, ok := runOf(i.Run)
	if !ok {
		return nil, nil
	}
	record, err := s.cfg.Book.Run(ctx, i.Account, i.Task, i.Run)
	i.Run = name.String()
	if err != nil || record == nil {
		return nil, err
	}
	for _, step := range record.Steps {
		if step.State == contract.StepFailed {
			return &alert.RedRun{Task: i.Task, Run: i.Run, Kind: fault.Kind(record.ErrorKind), Step: step.Name, Leg: step.Leg, At: i.Opened}, nil
		}
	}
	return nil, nil
}
