package task

import (
	"slices"
	"strings"
	"time"
)

// checkFrequency checks the zone, the kind and that nothing of another kind is mixed in.
func (s Spec) checkFrequency(p *problems, r Rules) {
	if s.Zone == "" {
		p.refuse("zone", "the time zone is missing").WithFix("use an IANA name such as Europe/Madrid or UTC")
	} else if _, err := Zone(s.Zone); err != nil {
		p.add(err)
	}
	f := s.Frequency
	p.oneOf("frequency.kind", "frequency", f.Kind, Frequencies()...)
	calendar := f.Kind == Daily || f.Kind == Weekly
	switch {
	case f.Kind == Interval:
		f.checkEvery(p, r)
	case f.Every != 0:
		p.refuse("frequency.every", `"every" belongs to interval, not to %s`, f.Kind).WithFix("leave it out")
	}
	switch {
	case calendar && f.At == "":
		p.refuse("frequency.at", "a %s task needs the time of day", f.Kind).WithFix(`write hours and minutes, such as "06:00"`)
	case calendar:
		if _, _, err := (Frequency{Kind: Daily, At: f.At}).wallTime(); err != nil {
			p.add(err)
		}
	case f.At != "":
		p.refuse("frequency.at", `"at" belongs to daily and weekly, not to %s`, f.Kind).WithFix("leave it out")
	}
	switch {
	case f.Kind == Weekly && !slices.Contains(Weekdays(), f.Weekday):
		p.oneOf("frequency.weekday", "day of the week", f.Weekday, Weekdays()...)
	case f.Kind != Weekly && f.Weekday != "":
		p.refuse("frequency.weekday", `"weekday" belongs to weekly, not to %s`, f.Kind).WithFix("leave it out")
	}
}

func (f Frequency) checkEvery(p *problems, r Rules) {
	least := time.Duration(0)
	if r.Report != nil {
		least = r.Report.MinInterval
	}
	var allowed []string
	for _, d := range Intervals() {
		if d < least {
			continue
		}
		if d == time.Duration(f.Every) {
			return
		}
		allowed = append(allowed, Duration(d).String())
	}
	switch {
	case len(allowed) == 0:
		p.refuse("frequency.kind", "%s is made at most daily", r.Report.ID).WithFix("use daily, weekly or once")
	case f.Every == 0:
		p.refuse("frequency.every", "an interval task needs the length of its interval").
			WithFix("use one of %s", strings.Join(allowed, ", "))
	case time.Duration(f.Every) < least:
		p.refuse("frequency.every", "%s is shorter than the minimum of %s, %s", f.Every, r.Report.ID, Duration(least)).
			WithFix("use one of %s", strings.Join(allowed, ", "))
	default:
		p.refuse("frequency.every", "%s is not an interval that is offered", f.Every).
			WithFix("use one of %s", strings.Join(allowed, ", "))
	}
}

// checkTimes checks start, end and delay against each other, the clock and the report.
func (s Spec) checkTimes(p *problems, r Rules) {
	wholeSecond(p, "start", s.Start)
	wholeSecond(p, "end", s.End)
	if s.Frequency.Kind == Once && s.Start == nil {
		p.refuse("start", "a once task needs the start of its window").
			WithFix(`give a time such as "2026-11-19T00:00:00Z"; without an end the window is %s long`, Duration(DefaultOnce))
	}
	if s.Start != nil && s.End != nil && !s.End.After(*s.Start) {
		p.refuse("end", "the end %s is not after the start %s", s.End.Format(time.RFC3339), s.Start.Format(time.RFC3339)).
			WithFix("give a later end")
	}
	s.checkPast(p, r)
	s.checkDelay(p, r)
	s.checkReach(p, r)
	s.checkWindow(p, r)
}

func wholeSecond(p *problems, field string, t *time.Time) {
	switch {
	case t == nil:
	case t.Nanosecond() != 0:
		p.refuse(field, "%s has a fraction of a second", t.Format(time.RFC3339Nano)).WithFix("give whole seconds")
	case t.Year() < firstYear || t.Year() > lastYear:
		p.refuse(field, "the year %d is out of range", t.Year()).WithFix("give a time from %d to %d", firstYear, lastYear)
	}
}

// The scheduler knows calendar dates of these years only.
const (
	firstYear = 2000
	lastYear  = 2099
)

// checkPast refuses a start in the past where the report cannot look back, or not so far.
// A once task always looks back: it is only bound by the reach.
func (s Spec) checkPast(p *problems, r Rules) {
	if r.Report == nil || s.Start == nil || !s.Start.Before(r.Now) {
		return
	}
	now := r.Now.UTC().Format(time.RFC3339)
	if !r.Report.Backfill && s.Frequency.Kind != Once {
		p.refuse("start", "%s cannot be made for the past", r.Report.ID).WithFix("give a start after now, %s", now)
		return
	}
	if reach := r.Report.Reach; reach > 0 && r.Now.Sub(*s.Start) > reach {
		p.refuse("start", "%s reaches back %s only", r.Report.ID, Duration(reach)).
			WithFix("give a start at or after %s", r.Now.Add(-reach).UTC().Format(time.RFC3339))
	}
}

func (s Spec) checkDelay(p *problems, r Rules) {
	if s.Delay == nil {
		return
	}
	d := time.Duration(*s.Delay)
	switch {
	case d < 0:
		p.refuse("delay", "the delay is negative").WithFix(`leave it out for the report's default, or give one such as "15m"`)
	case d > MaxDelay:
		p.refuse("delay", "the delay %s is longer than a year", s.Delay).WithFix("give at most %s", Duration(MaxDelay))
	case d%time.Second != 0:
		p.refuse("delay", "the delay has a fraction of a second").WithFix("give whole seconds")
	case r.Report != nil && r.Report.Reach > 0 && d >= r.Report.Reach:
		p.refuse("delay", "%s reaches back %s only: after a delay of %s there is nothing left to read",
			r.Report.ID, Duration(r.Report.Reach), s.Delay).WithFix("give a shorter delay")
	}
}

// checkWindow refuses windows of which more than a step may hold would be counted in memory.
func (s Spec) checkWindow(p *problems, r Rules) {
	length := s.WindowLength()
	if r.Report == nil || r.Report.MaxWindow <= 0 || length <= r.Report.MaxWindow {
		return
	}
	field := "frequency.kind"
	if s.Frequency.Kind == Once {
		field = "end"
	}
	p.refuse(field, "a window of %s is too long for %s, which is counted in memory: %s at most",
		Duration(length), r.Report.ID, Duration(r.Report.MaxWindow)).
		WithFix(`give shorter windows, such as {"kind":"daily","at":"00:00"}: with a start in the past and an end it delivers the same period day by day`)
}

// checkReach refuses windows of which the beginning is gone at the source before they are read.
func (s Spec) checkReach(p *problems, r Rules) {
	if r.Report == nil || r.Report.Reach <= 0 || s.Frequency.Kind == Once {
		return
	}
	delay := r.Report.DefaultDelay
	if s.Delay != nil {
		delay = time.Duration(*s.Delay)
	}
	length := s.WindowLength()
	if delay < 0 || delay >= r.Report.Reach || length+delay < r.Report.Reach {
		return // what the delay alone is refused for is said already
	}
	p.refuse("frequency", "%s reaches back %s only: a window of %s, read %s after its end, begins before that",
		r.Report.ID, Duration(r.Report.Reach), Duration(length), Duration(delay)).WithFix(`give shorter windows, such as {"kind":"interval","every":"60m"}`)
}
