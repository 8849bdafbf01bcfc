package task

import (
	"strings"
	"time"
)

// Revisions says what becomes of rows that the source changes after their window was
// delivered: surveys that arrive late, conversations that go on, data that is removed.
type Revisions struct {
	Mode       string     `json:"mode,omitempty"`       // none (also empty), full, changes
	CheckAfter []Duration `json:"checkAfter,omitempty"` // after the run was due; empty: only when asked
}

// Modes of revisions.
const (
	RevisionsNone    = "none"
	RevisionsFull    = "full"    // a changed window is delivered as a whole, in place of what was delivered
	RevisionsChanges = "changes" // only its rows that were added or changed, and the keys of those removed
)

// RevisionModes are the values of Revisions.Mode.
func RevisionModes() []string { return []string{RevisionsNone, RevisionsFull, RevisionsChanges} }

// Bounds of Revisions.CheckAfter.
const (
	MaxChecks     = 6
	MinCheckAfter = 10 * time.Minute // how often it is looked for checks that are due
	MaxCheckAfter = 60 * 24 * time.Hour
)

// On reports whether windows are looked at again.
func (r Revisions) On() bool { return r.Mode == RevisionsFull || r.Mode == RevisionsChanges }

// Due returns the latest check that is due at now of a window whose run was due at fire.
func (r Revisions) Due(fire, now time.Time) (at time.Time, ok bool) {
	for _, after := range r.CheckAfter {
		if t := fire.Add(time.Duration(after)); !t.After(now) && t.After(at) {
			at, ok = t, true
		}
	}
	return at, ok
}

func (s Spec) checkRevisions(p *problems, r Rules) {
	v := s.Revisions
	if v.Mode != "" || len(v.CheckAfter) > 0 {
		p.oneOf("revisions.mode", "choice", v.Mode, RevisionModes()...)
	}
	if !v.On() {
		if len(v.CheckAfter) > 0 && v.Mode == RevisionsNone {
			p.refuse("revisions.checkAfter", "nothing is checked with mode none").WithFix("choose mode full or changes, or leave checkAfter out")
		}
		return
	}
	if r.Report != nil && r.Report.Final != "" {
		p.refuse("revisions.mode", "windows of %s are not revised: %s", s.Report, r.Report.Final).WithFix("leave revisions out")
		return
	}
	if v.Mode == RevisionsChanges {
		s.checkChanges(p, r)
	}
	v.checkTimes(p, r)
}

// checkChanges refuses what cannot carry changes.
func (s Spec) checkChanges(p *problems, r Rules) {
	if r.Report != nil && r.Report.Raw {
		p.refuse("revisions.mode", "%s delivers source records as they are, which have no place for what changed", s.Report).WithFix("choose full")
	}
	for i, leg := range s.Destinations {
		if leg.Layout == LayoutPartitioned {
			p.refuse("revisions.mode", "%s is partitioned: a revision takes the place of the files there", index("destinations", i)).
				WithFix("choose full, or the flat layout")
		}
	}
}

// checkTimes wants few times in order, all of them while the source still knows the window.
func (v Revisions) checkTimes(p *problems, r Rules) {
	if len(v.CheckAfter) > MaxChecks {
		p.refuse("revisions.checkAfter", "%d checks are too many", len(v.CheckAfter)).WithFix("give at most %d", MaxChecks)
		return
	}
	last := time.Duration(0)
	for i, d := range v.CheckAfter {
		after, field := time.Duration(d), index("revisions.checkAfter", i)
		switch {
		case after < MinCheckAfter || after > MaxCheckAfter:
			p.refuse(field, "%s is out of range", d).WithFix("use %s to %s", Duration(MinCheckAfter), Duration(MaxCheckAfter))
		case after <= last:
			p.refuse(field, "%s does not come after %s", d, Duration(last)).WithFix("write the checks in ascending order, each once")
		case r.Report != nil && r.Report.Revisable > 0 && after >= r.Report.Revisable:
			p.refuse(field, "a source of %s keeps %s: what rows are made of would be gone", r.Report.ID, Duration(r.Report.Revisable)).
				WithFix("use less than that")
		}
		last = after
	}
}

// String says in words how late data is treated: "full, checked after 1h, 1d".
func (r Revisions) String() string {
	if !r.On() {
		return RevisionsNone
	}
	if len(r.CheckAfter) == 0 {
		return r.Mode + ", when asked"
	}
	var times []string
	for _, d := range r.CheckAfter {
		times = append(times, d.String())
	}
	return r.Mode + ", checked after " + strings.Join(times, ", ")
}
