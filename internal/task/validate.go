package task

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"transporter/internal/fault"
)

// Bounds of a task.
const (
	MaxDescription = 200                  // code points; one line on a screen
	MaxDelay       = 366 * 24 * time.Hour // one year: the longest reach of any source is 13 months
	MaxLegs        = 20                   // destinations of one task
	MaxEntries     = 1_000_000            // source records per file
)

// problems collects every fault of a spec, in the order of its fields.
type problems []error

func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

// refuse notes a problem and returns it, for adding a fix.
func (p *problems) refuse(field, format string, args ...any) *fault.Error {
	e := invalid(field, format, args...)
	*p = append(*p, e)
	return e
}

// oneOf notes a value that is not among the allowed ones.
func (p *problems) oneOf(field, what, got string, allowed ...string) {
	if slices.Contains(allowed, got) {
		return
	}
	if got == "" {
		p.refuse(field, "the %s is missing", what).WithFix("use one of %s", strings.Join(allowed, ", "))
		return
	}
	p.refuse(field, "unknown %s %q", what, clip(got)).WithFix("use one of %s", strings.Join(allowed, ", "))
}

// Validate returns nil for a task that can run, else every problem of the spec at once:
// errors.Join of *fault.Error of kind InvalidSpec, each naming its Field in the JSON
// ("destinations[1].path") and saying in Fix what would be right. A spec that passes has
// a Calendar.
func (s Spec) Validate(r Rules) error {
	var p problems
	checkDescription(&p, s.Description)
	checkID(&p, "source", "source", s.Source, r.Sources)
	s.checkReport(&p, r)
	before := len(p)
	s.checkFrequency(&p, r)
	s.checkTimes(&p, r)
	if len(p) == before && r.Report != nil { // only then there is a calendar to ask
		_, err := NewCalendar(s, r.Now, r.Report.DefaultDelay)
		p.add(err)
	}
	s.checkFile(&p, r.Report)
	if s.Parts.Entries < 0 || s.Parts.Entries > MaxEntries {
		p.refuse("parts.entries", "%d records per file is out of range", s.Parts.Entries).
			WithFix("use 1 to %d, or leave it out for the report's own size", MaxEntries)
	}
	s.checkLegs(&p, func(field string, leg Leg) { leg.check(&p, field, r) })
	if s.EmptyResult != "" {
		p.oneOf("emptyResult", "policy for empty results", s.EmptyResult, EmptyResults()...)
	}
	s.checkRevisions(&p, r)
	s.checkAttention(&p)
	s.checkWait(&p, r)
	return errors.Join(p...)
}

// ValidateNames is Validate of what file names are made of, and of nothing else: for a task that
// is still being written, whose destinations may have no id yet.
func (s Spec) ValidateNames(r Rules) error {
	var p problems
	s.checkFormat(&p, r)
	s.checkFrequency(&p, r)
	s.checkTimes(&p, r)
	if len(p) == 0 {
		_, err := NewCalendar(s, r.Now, r.Report.DefaultDelay)
		p.add(err)
	}
	s.checkLegs(&p, func(field string, leg Leg) { leg.checkPlace(&p, field) })
	return errors.Join(p...)
}

// Problems returns the single faults of a Validate error, for callers that show one
// line each. Of any other error it returns that error alone.
func Problems(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

func checkDescription(p *problems, s string) {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		p.refuse("description", "the description is not valid UTF-8").WithFix("send it as UTF-8")
	case strings.TrimSpace(s) == "":
		p.refuse("description", "the description is missing").WithFix("write 1 to %d characters", MaxDescription)
	case n > MaxDescription:
		p.refuse("description", "the description has %d characters", n).WithFix("write at most %d", MaxDescription)
	case strings.ContainsFunc(s, unicode.IsControl):
		p.refuse("description", "the description contains a control character").WithFix("write it in one line")
	}
}

// checkID notes an id that is missing or, where the known ones are given, unknown.
func checkID(p *problems, field, what, id string, known map[string]bool) {
	switch {
	case id == "":
		p.refuse(field, "the %s is missing", what).WithFix("give the id of a %s of this account", what)
	case known != nil && !known[id]:
		p.refuse(field, "this account has no %s %q", what, clip(id)).WithFix("give the id of a %s of this account", what)
	}
}

func (s Spec) checkReport(p *problems, r Rules) {
	s.checkFormat(p, r)
	if r.Report != nil && r.Report.CheckParameters != nil {
		p.addAll("parameters", r.Report.CheckParameters(s.Parameters))
	}
}

// checkFormat checks that there is such a report, and that it is made in the format.
func (s Spec) checkFormat(p *problems, r Rules) {
	if r.Report == nil {
		e := p.refuse("report", "unknown report %q", clip(s.Report))
		if s.Report == "" {
			e.Message = "the report is missing"
		}
		if near := nearest(s.Report, r.Reports); near != "" {
			e.WithFix("did you mean %s?", near)
		} else if len(r.Reports) > 0 {
			e.WithFix("use one of %s", strings.Join(r.Reports, ", "))
		}
		return
	}
	served := func(shipped string) bool { return ServesVersion(shipped, s.Version) }
	if s.Version != "" && len(r.Report.Versions) > 0 && !slices.ContainsFunc(r.Report.Versions, served) {
		p.oneOf("version", "version of "+r.Report.ID, s.Version, r.Report.Versions...)
	}
	p.oneOf("format", "format for "+r.Report.ID, s.Format, r.Report.Formats...)
}

// addAll notes the faults of err one by one; what is not classified becomes InvalidSpec
// on the field.
func (p *problems) addAll(field string, err error) {
	for _, e := range Problems(err) {
		if fault.Is(e, fault.InvalidSpec) {
			p.add(e)
			continue
		}
		p.add(invalid(field, "%w", e))
	}
}

// nearest returns the name within two typing errors, or nothing.
func nearest(name string, names []string) string {
	best, least := "", maxTypos+1
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	return best
}
