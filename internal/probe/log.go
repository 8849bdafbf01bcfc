// Package probe keeps what a test of a source or destination tried, step by step.
package probe

import "time"

// Step is one step of a test and how it went.
type Step struct {
	Name string
	OK   bool
	Note string        // what could not be done, and what that means; or what was found
	Took time.Duration // zero for a step that was shown by the request of another
}

// Log is the steps that were tried, in order: where a test failed, the last one is the one
// that did.
type Log struct {
	Steps []Step
	since time.Time
}

// Begin returns an empty Log whose first step takes from now on. Without it, in the zero value,
// no times are measured.
func Begin() Log { return Log{since: time.Now()} }

// Tried records a step, and returns its error: the step at which the work itself would fail is
// the last one.
func (l *Log) Tried(name string, err error) error {
	step := Step{Name: name, OK: err == nil, Took: l.took()}
	if err != nil {
		step.Note = err.Error()
	}
	l.Steps = append(l.Steps, step)
	return err
}

// Passed records steps that one request has shown to work; what it took is said of the last.
func (l *Log) Passed(names ...string) {
	for _, name := range names {
		l.Steps = append(l.Steps, Step{Name: name, OK: true})
	}
	l.Steps[len(l.Steps)-1].Took = l.took()
}

// Found records a step that worked, with what is worth knowing about how it did.
func (l *Log) Found(name, note string) {
	l.Steps = append(l.Steps, Step{Name: name, OK: true, Note: note, Took: l.took()})
}

// Lacks records a step that is not allowed or not offered, and what that means for the work,
// which goes on without it.
func (l *Log) Lacks(name, note string) {
	l.Steps = append(l.Steps, Step{Name: name, Note: note, Took: l.took()})
}

// Works reports whether the step was tried and went well.
func (l *Log) Works(name string) bool {
	for _, s := range l.Steps {
		if s.Name == name {
			return s.OK
		}
	}
	return false
}

// took returns the time since the step before.
func (l *Log) took() time.Duration {
	if l.since.IsZero() {
		return 0
	}
	now := time.Now()
	d := now.Sub(l.since)
	l.since = now
	return d
}
