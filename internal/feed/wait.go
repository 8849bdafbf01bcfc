package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Wait is something that a window is not complete without.
type Wait struct {
	Name string // by which an operator takes the window without it; another once it is as it was no more
	Text string

	state State  // of the leaf
	part  Window // what it stands for, of the window
}

// Undecodables returns those of leaves that are exported and cannot be decoded: waiting does not mend them.
func Undecodables(waits []Wait) []Wait { return of(Undecodable, waits) }

// of returns those of leaves of a state.
func of(state State, waits []Wait) []Wait {
	return slices.DeleteFunc(slices.Clone(waits), func(w Wait) bool { return w.state != state })
}

// Unmet is the error of a window that is not complete, with all that it is waited for.
type Unmet struct{ Waits []Wait }

// Error says what is missing: of leaves that are Broken, and others, those.
func (u *Unmet) Error() string {
	if broken := of(Broken, u.Waits); len(broken) > 0 {
		return sentence(textsOf(broken))
	}
	return sentence(textsOf(u.Waits))
}

// Unwrap returns ErrBroken if that is what it is.
func (u *Unmet) Unwrap() error {
	if len(of(Broken, u.Waits)) > 0 {
		return ErrBroken
	}
	return nil
}

// WaitsOf returns what the error is waited for with; nothing if it is another.
func WaitsOf(err error) []Wait {
	var u *Unmet
	if errors.As(err, &u) {
		return u.Waits
	}
	return nil
}

// Without returns what is waited for that nobody has accepted by its name.
func (e *Expectation) Without(accepted []string) []Wait {
	return slices.DeleteFunc(slices.Clone(e.Waits), func(w Wait) bool { return slices.Contains(accepted, w.Name) })
}

// Missing returns the parts of the window whose leaves are not there, or not whole, and that are done without: each
// was accepted by its name.
func (e *Expectation) Missing(accepted []string) (parts Windows) {
	for _, w := range e.Waits {
		if slices.Contains(accepted, w.Name) && w.part.From.Before(w.part.To) {
			parts = append(parts, w.part)
		}
	}
	return parts.With(nil)
}

// NameOf is what an operator accepts of a leaf: what is the matter with it, and of which objects, by their
// fingerprint, where there are any.
func NameOf(s Stamp, matter, print string) string {
	name := fmt.Sprintf("!%s %s", s, matter)
	if print != "" {
		name += " " + print[:shortHash]
	}
	return name
}

// IsOfReading reports whether the name is of what is the matter with a leaf that only who reads it finds.
func IsOfReading(name string) bool {
	_, matter, _ := strings.Cut(name, " ")
	return strings.HasPrefix(matter, string(Damaged)+" ") || strings.HasPrefix(matter, string(Undecodable)+" ")
}

// name says what is there of the leaf: nothing, or objects of a fingerprint.
func (s Seen) name() string { return NameOf(s.Stamp, string(s.State), s.Print) }

func textsOf(waits []Wait) []string {
	texts := make([]string, len(waits))
	for i, w := range waits {
		texts[i] = w.Text
	}
	return texts
}
