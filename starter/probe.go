package main

import (
	"fmt"
	"strings"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

// showProbe prints the result of a test with its steps; one that failed is an error.
func (a *app) showProbe(what string, p httpapi.Probe) error {
	err := a.show(p, what, word(p.OK), "kind", p.Kind, "problem", p.Problem, "offers", offers(p.Capabilities), "notes", strings.Join(p.Notes, "; "))
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
	out := table{head: []string{"step", "result", "took", "what"}}
	for _, s := range p.Steps {
		if s.Note == p.Problem {
			s.Note = ""
		}
		took := ""
		if s.Millis > 0 {
			took = human.Duration(time.Duration(s.Millis) * time.Millisecond)
		}
		out.add(s.Name, word(s.OK), took, s.Note)
	}
	return out
}

func word(ok bool) string {
	if ok {
		return "ok"
	}
	return "failed"
}

// levels are the levels of verification, in words.
var levels = []string{"sent, not verified", "size", "hash computed there", "read back"}

// offers says what a destination can do; empty where that is not known.
func offers(c *httpapi.Capabilities) string {
	if c == nil {
		return ""
	}
	words := []string{fmt.Sprintf("verification up to level %d (%s)", c.Verify, levels[c.Verify])}
	for _, can := range []struct {
		it   bool
		word string
	}{{c.Look, "look"}, {c.Read, "read"}, {c.Rename, "rename"}, {c.Delete, "delete"}, {c.Atomic, "whole files at once"}} {
		if can.it {
			words = append(words, can.word)
		}
	}
	return strings.Join(words, ", ")
}

// tested is what is shown of the last test besides the thing itself.
func tested(t *httpapi.Tested) []string {
	if t == nil {
		return []string{"tested", "not yet"}
	}
	return []string{
		"tested", word(t.OK) + " at " + when(t.At), "problem", t.Problem, "offers", offers(t.Capabilities), "notes", strings.Join(t.Notes, "; "),
	}
}

// testedShort is the same in a column of a list.
func testedShort(t *httpapi.Tested) string {
	if t == nil {
		return "not yet"
	}
	return word(t.OK)
}
