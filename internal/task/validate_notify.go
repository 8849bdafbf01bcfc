package task

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// MaxAddresses bounds the addresses that one message goes to.
const MaxAddresses = 20

// Expectations are the values of Spec.Expectation.
func Expectations() []string { return []string{NeverEmpty, NeverEmptyOnWeekdays} }

// checkAttention checks what a task says of people: who is told, when it is late, and
// whether a window without rows is expected.
func (s Spec) checkAttention(p *problems) {
	if s.Expectation != "" {
		p.oneOf("expectation", "expectation", s.Expectation, Expectations()...)
	}
	if s.Notify != nil {
		if s.Notify.When != "" {
			p.oneOf("notify.when", "choice", s.Notify.When, NotifyChoices()...)
		}
		p.addAll("notify.emails", CheckAddresses("notify.emails", s.Notify.Emails))
	}
	if s.Deadline != "" {
		if _, _, err := s.deadline(); err != nil {
			p.add(err)
		}
	}
}

// CheckAddresses returns nil if every one is a plain email address (RFC 5322 addr-spec), else
// fault.InvalidSpec that names the first wrong one as an element of the field.
func CheckAddresses(field string, addresses []string) error {
	if len(addresses) > MaxAddresses {
		return invalid(field, "%d addresses are too many", len(addresses)).WithFix("give at most %d", MaxAddresses)
	}
	for i, a := range addresses {
		parsed, err := mail.ParseAddress(a)
		if err != nil || parsed.Address != a || strings.ContainsFunc(a, isSpace) {
			return invalid(fmt.Sprintf("%s[%d]", field, i), "%q is not an email address", clip(a)).
				WithFix("write it without a name, such as wfm@example.com")
		}
	}
	return nil
}

func isSpace(r rune) bool { return r <= ' ' || r == 0x7f }

// deadline reads Deadline: a time of day in seconds after midnight (ofDay), or a duration
// after the fire.
func (s Spec) deadline() (after time.Duration, ofDay int64, err error) {
	calendar := s.Frequency.Kind == Daily || s.Frequency.Kind == Weekly
	if at, _, bad := (Frequency{Kind: Daily, At: s.Deadline}).wallTime(); bad == nil {
		if !calendar {
			return 0, 0, invalid("deadline", "a time of day belongs to daily and weekly, not to %s", s.Frequency.Kind).
				WithFix(`give a duration after the run fires, such as "45m"`)
		}
		return 0, at, nil
	}
	d, err := ParseDuration(s.Deadline)
	if err != nil || d <= 0 || time.Duration(d) > MaxDelay {
		return 0, 0, invalid("deadline", "%q is neither a time of day nor a duration", clip(s.Deadline)).
			WithFix(`write "07:00", in the task's zone, or how long after the run fires: "45m"`)
	}
	if period := s.Frequency.period(); period > 0 && time.Duration(d) >= period {
		return 0, 0, invalid("deadline", "%s is not before the next run, which fires after %s", d, Duration(period)).
			WithFix("give less than %s", Duration(period))
	}
	return time.Duration(d), -1, nil
}

// period is the time from one fire to the next in the task's clock; zero of a task that
// fires just once.
func (f Frequency) period() time.Duration {
	switch f.Kind {
	case Interval:
		return time.Duration(f.Every)
	case Daily:
		return secondsPerDay * time.Second
	case Weekly:
		return 7 * secondsPerDay * time.Second
	}
	return 0
}

// DeadlineDelay returns by how much a window's deadline is after its boundary in the task's
// clock: the delay, and from the fire on the duration, or the time until the time of day.
// ok is false for a task without a deadline. The spec should have passed Validate.
func (s Spec) DeadlineDelay(delay time.Duration) (after time.Duration, ok bool) {
	if s.Deadline == "" {
		return 0, false
	}
	d, ofDay, err := s.deadline()
	if err != nil {
		return 0, false
	}
	if ofDay < 0 {
		return delay + d, true
	}
	at, _, err := (Frequency{Kind: Daily, At: s.Frequency.At}).wallTime()
	if err != nil {
		return 0, false
	}
	fire := at + int64(delay/time.Second)
	wait := (ofDay - fire%secondsPerDay + secondsPerDay) % secondsPerDay
	return delay + time.Duration(wait)*time.Second, true
}
