package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/contract"
)

// Probe is the result of a test.
type Probe struct {
	OK      bool        `json:"ok" doc:"Whether a run would get through."`
	Problem string      `json:"problem,omitempty" doc:"What is wrong and what to do about it."`
	Kind    string      `json:"kind,omitempty" doc:"The kind of the failure, the same word that a red run shows."`
	Steps   []ProbeStep `json:"steps,omitempty" doc:"Of a destination: what was tried, in order; after a step that fails a delivery nothing more is."`
	Notes   []string    `json:"notes,omitempty" doc:"What the other side can and cannot do."`
}

// ProbeStep is one step of the test of a destination.
type ProbeStep struct {
	Name string `json:"name" enum:"connect,log in,write,read back,rename,delete" doc:"What was tried in the configured place; kinds without such a step leave it out." example:"read back"`
	OK   bool   `json:"ok" doc:"Whether it worked."`
	Note string `json:"note,omitempty" doc:"What could not be done, and what that means for deliveries."`
}

// probe registers the test of a source or a destination. A worker does it, from where runs
// do their work; a failed test is a result, not an error.
func (r resource[B, T, V]) probe(s *Server) {
	doc := "A worker connects, logs in and tries what a run would do. A test that fails is answered with 200 and ok false."
	if r.many != sources.many {
		doc += " Of a destination every step is told: connect, log in, write, read back, rename and delete a small file in the configured place. Nothing is left behind."
	}
	op := operation{
		Method: http.MethodPost, Path: r.path() + "/{id}/test", ID: "test-" + r.one, Tag: r.many,
		Summary: "Test a " + r.one, Doc: doc, Errors: []int{404},
	}
	route(s, op, func(ctx context.Context, in *InThing) (*struct{ Body Probe }, error) {
		if _, err := r.find(ctx, s, *in); err != nil {
			return nil, err
		}
		ask := contract.ProbeIn{Account: in.Account}
		if r.many == sources.many {
			ask.Source = in.ID
		} else {
			ask.Destination = in.ID
		}
		var got contract.ProbeOut
		if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateProbe, ask, &got); err != nil {
			return nil, err
		}
		return &struct{ Body Probe }{viewProbe(got)}, nil
	})
}

func viewProbe(got contract.ProbeOut) Probe {
	p := Probe{OK: got.OK, Problem: got.Problem, Kind: got.Kind, Notes: got.Notes}
	for _, s := range got.Steps {
		p.Steps = append(p.Steps, ProbeStep(s))
	}
	return p
}
