package follow

import (
	"fmt"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

// teller remembers what was said, so that nothing is said twice.
type teller struct {
	now  func() time.Time
	told map[string]word // by step and leg
}

// word is what was last said of a step.
type word struct {
	state, detail string
	at            time.Time
	said          bool // of a running step: that it runs
}

// tell returns the lines that are new. A step that is done again is told again.
func (t teller) tell(steps []httpapi.StepView) (lines []string) {
	width := 0
	for _, s := range steps {
		width = max(width, len([]rune(s.Where)))
	}
	for _, s := range latest(steps) {
		key, now := s.Name+" "+s.Leg, t.now()
		last := t.told[key]
		switch {
		case s.State == contract.StepRunning:
			if last.state != s.State {
				last = word{state: s.State, at: now.Add(longAfter - repeatEvery)}
			}
			news := running(s)
			if (news != last.detail || !last.said) && now.Sub(last.at) >= repeatEvery {
				last.detail, last.at, last.said = news, now, true
				lines = append(lines, line(s, width, "running for "+human.Duration(now.Sub(*s.Started))+news))
			}
		case last.state != s.State:
			last = word{state: s.State}
			lines = append(lines, line(s, width, ended(s)))
		}
		t.told[key] = last
	}
	return lines
}

// latest keeps the last of the steps with the same name and leg, in order.
func latest(steps []httpapi.StepView) (kept []httpapi.StepView) {
	place := map[string]int{}
	for _, s := range steps {
		key := s.Name + " " + s.Leg
		if i, again := place[key]; again {
			kept[i] = s
			continue
		}
		place[key] = len(kept)
		kept = append(kept, s)
	}
	return kept
}

// line puts a text behind the step's name and, if it belongs to a leg, where it works.
func line(s httpapi.StepView, width int, text string) string {
	const longestName = 9
	if s.Where == "" {
		return fmt.Sprintf("%-*s  %s", longestName, s.Name, text)
	}
	return fmt.Sprintf("%-*s  %-*s  %s", longestName, s.Name, width, s.Where, text)
}

func running(s httpapi.StepView) string {
	text := ""
	if s.Attempt > 1 {
		text = fmt.Sprintf(", attempt %d", s.Attempt)
	}
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	return text
}

func ended(s httpapi.StepView) string {
	took := Took(s)
	switch {
	case s.State == contract.StepFailed:
		return strings.TrimSuffix("failed after "+took, " after ") + ": " + s.Error
	case s.State == contract.StepSkipped:
		return "skipped: " + s.Detail
	case s.Detail == "" || took == "":
		return s.Detail + took
	}
	return s.Detail + ", " + took
}

// Took writes how long a step that has ended took; empty if that is not known.
func Took(s httpapi.StepView) string {
	if s.Started == nil || s.Ended == nil {
		return ""
	}
	return human.Duration(s.Ended.Sub(*s.Started))
}
