package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// Probe is the result of a test.
type Probe struct {
	OK           bool          `json:"ok" doc:"Whether a run would get through."`
	Problem      string        `json:"problem,omitempty" doc:"What is wrong and what to do about it."`
	Kind         string        `json:"kind,omitempty" doc:"The kind of the failure, the same word that a red run shows."`
	Steps        []ProbeStep   `json:"steps,omitempty" doc:"What was tried, in order; after a step that fails a run nothing more is."`
	Notes        []string      `json:"notes,omitempty" doc:"What the other side can and cannot do."`
	Capabilities *Capabilities `json:"capabilities,omitempty" doc:"Of a destination that passed: what it offers."`
}

// ProbeStep is one step of a test.
type ProbeStep struct {
	Name   string `json:"name" doc:"What was tried. Of a destination: connect, log in, write, read back, rename, delete, in the configured place; of a source: connect, log in with each kind of credentials, and reading each resource. Kinds without such a step leave it out." example:"read back"`
	OK     bool   `json:"ok" doc:"Whether it worked."`
	Note   string `json:"note,omitempty" doc:"What could not be done, and what that means for runs; of a source also the credentials that were used."`
	Millis int64  `json:"millis,omitempty" doc:"How long it took; absent for a step that the request of another has shown." example:"41"`
}

// Capabilities is what a destination was found to offer.
type Capabilities struct {
	Atomic bool `json:"atomic" doc:"A finished file appears under its final name at once: nobody reads half of one."`
	Look   bool `json:"look" doc:"Files can be looked at: whether they are there, and their sizes."`
	Read   bool `json:"read" doc:"Files can be read back."`
	Rename bool `json:"rename" doc:"Files can be given another name."`
	Delete bool `json:"delete" doc:"Files can be removed."`
	Verify int  `json:"verify" minimum:"0" maximum:"3" doc:"The best level of verification that is offered: 0 sent, 1 size, 2 hash there, 3 read back." example:"3"`
}

// Tested is the last test of a source or destination.
type Tested struct {
	At time.Time `json:"at" doc:"When it ended."`
	Probe
}

// probe registers the test of a source or a destination. A worker does it, from where runs
// do their work; a failed test is a result, not an error.
func (r resource[B, T, V]) probe(s *Server) {
	doc := "A worker connects, logs in and tries what a run would do. A test that fails is answered with 200 and ok false. " +
		"Every step is told, and the result is kept with the " + r.one + " until that is changed."
	if r.many != sources.many {
		doc += " A small file is written, read back, renamed and deleted in the configured place. Nothing is left behind, also after a step that fails."
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

func viewProbe(got account.Test) Probe {
	p := Probe{OK: got.OK, Problem: got.Problem, Kind: got.Kind, Notes: got.Notes}
	for _, s := range got.Steps {
		p.Steps = append(p.Steps, ProbeStep(s))
	}
	if got.Can != nil {
		can := Capabilities(*got.Can)
		p.Capabilities = &can
	}
	return p
}

// viewTested shows the last test; nil before it.
func viewTested(kept *account.Test) *Tested {
	if kept == nil {
		return nil
	}
	return &Tested{At: kept.At, Probe: viewProbe(*kept)}
}
