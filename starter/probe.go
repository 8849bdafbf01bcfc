package main

import (
	"strings"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

// showProbe prints the result of a test, for destinations with its steps; one that failed is
// an error.
func (a *app) showProbe(what string, p httpapi.Probe) error {
	err := a.show(p, what, word(p.OK), "kind", p.Kind, "problem", p.Problem, "notes", strings.Join(p.Notes, "; "))
	if err == nil && len(p.Steps) > 0 && a.output != outputJSON {
		a.say("")
		err = a.print(nil, probeTable(p))
	}
	if err == nil && !p.OK {
		err = &apiclient.Error{Problem: httpapi.Problem{Detail: "the test of the " + what + " failed"}}
	}
	return err
}

// probeTable says what a note says only where it was not said above.
func probeTable(p httpapi.Probe) table {
	out := table{head: []string{"step", "result", "what"}}
	for _, s := range p.Steps {
		if s.Note == p.Problem {
			s.Note = ""
		}
		out.add(s.Name, word(s.OK), s.Note)
	}
	return out
}

func word(ok bool) string {
	if ok {
		return "ok"
	}
	return "failed"
}
