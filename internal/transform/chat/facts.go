package chat

import (
	"bytes"

	"transporter/internal/transform/cell"
)

// Fact computes one derived value of a record, or of its row'th row.
type Fact func(e *Engagement, row int, out *cell.Cell)

// Facts are the derived values by name. internal/report/data/facts.yaml defines them.
var Facts = map[string]Fact{
	"rt_id":           rtID,
	"duration_ms":     numberOf(func(e *Engagement) (int64, bool) { return e.span("startTimeL", "endTimeL") }),
	"queue_wait_ms":   numberOf(func(e *Engagement) (int64, bool) { return e.span("chatRequestedTimeL", "startTimeL") }),
	"ended_by":        endedBy,
	"is_transfer_in":  isOneOf("startReason", 1, 6, 8),
	"is_transfer_out": isOneOf("endReason", 101, 106),

	"first_agent_line_at":   firstLineAt(true),
	"first_visitor_line_at": firstLineAt(false),
	"first_response_ms":     numberOf((*Engagement).firstResponse),
	"response_avg_ms":       numberOf((*Engagement).responseAverage),
	"canned_lines":          countOf(func(l *line) bool { return l.canned != 0 }),
	"canned_lines_edited":   countOf(func(l *line) bool { return l.canned < 0 }),

	"cobrowse_interactive_sessions": func(e *Engagement, _ int, out *cell.Cell) { n, _ := e.cobrowse(); out.SetInt(n) },
	"cobrowse_ms":                   func(e *Engagement, _ int, out *cell.Cell) { _, ms := e.cobrowse(); out.SetInt(ms) },

	"line_response_time_ms":     lineResponseTime,
	"line_canned_answer_id":     lineCannedAnswer,
	"line_canned_answer_edited": lineCannedEdited,

	"answer_survey_kind":    answerSurveyKind,
	"answer_is_valid":       answerIsValid,
	"sde_type":              sdeType,
	"sde_last_payment_date": sdeDate("lastPaymentDate"),
	"sde_registration_date": sdeDate("registrationDate"),
}

// numberOf makes a fact of a number that may be unknown.
func numberOf(f func(*Engagement) (int64, bool)) Fact {
	return func(e *Engagement, _ int, out *cell.Cell) {
		n, ok := f(e)
		if out.SetInt(n); !ok {
			out.SetNull()
		}
	}
}

func countOf(holds func(*line) bool) Fact {
	return func(e *Engagement, _ int, out *cell.Cell) {
		e.loadLines()
		n := int64(0)
		for i := range e.lines {
			if holds(&e.lines[i]) {
				n++
			}
		}
		out.SetInt(n)
	}
}

func rtID(e *Engagement, _ int, out *cell.Cell) {
	id := cell.TextOf(e.info.Get("engagementId"))
	out.SetText(bytes.TrimPrefix(id, cell.TextOf(e.info.Get("accountId"))))
}

func endedBy(e *Engagement, _ int, out *cell.Cell) {
	out.SetNull()
	code, ok := cell.IntOf(e.info.Get("endReason"))
	if !ok {
		return
	}
	switch code {
	case 201, 202:
		out.SetString("agent")
	case 205, 208, 210:
		out.SetString("visitor")
	case 101, 106:
		out.SetString("transfer")
	default:
		out.SetString("other")
	}
}

func isOneOf(key string, codes ...int64) Fact {
	return func(e *Engagement, _ int, out *cell.Cell) {
		code, ok := cell.IntOf(e.info.Get(key))
		found := false
		for _, c := range codes {
			found = found || c == code
		}
		if out.SetBool(found); !ok {
			out.SetNull()
		}
	}
}

func firstLineAt(agent bool) Fact {
	return func(e *Engagement, _ int, out *cell.Cell) {
		at, _, ok := e.firstLine(agent, 0)
		if out.SetTime(at); !ok {
			out.SetNull()
		}
	}
}

func (e *Engagement) firstResponse() (int64, bool) {
	asked, place, ok := e.firstLine(false, 0)
	if !ok {
		return 0, false
	}
	answered, _, ok := e.firstLine(true, place)
	return answered - asked, ok
}

// responseAverage is rounded half up.
func (e *Engagement) responseAverage() (int64, bool) {
	e.loadLines()
	var n, sum int64
	for i := range e.lines {
		if wait := e.lines[i].wait; wait >= 0 {
			n++
			sum += wait
		}
	}
	if n == 0 {
		return 0, false
	}
	return (2*sum + n) / (2 * n), true
}

// cobrowse counts the interactive sessions and adds up how long all took.
func (e *Engagement) cobrowse() (interactive, ms int64) {
	for s := range e.root.Get("coBrowseSessions").Get("coBrowseSessionsList").Elements() {
		for _, key := range []string{"interactive", "isInteractive"} {
			if string(s.Get(key).Text()) == "true" {
				interactive++
				break
			}
		}
		if n, ok := cell.IntOf(s.Get("duration")); ok && n > 0 {
			ms += n
		}
	}
	return interactive, ms
}

func lineResponseTime(e *Engagement, row int, out *cell.Cell) {
	e.loadLines()
	if out.SetInt(e.lines[row].wait); e.lines[row].wait < 0 {
		out.SetNull()
	}
}

func lineCannedAnswer(e *Engagement, row int, out *cell.Cell) {
	e.loadLines()
	n := e.lines[row].canned
	if out.SetInt(max(n, -n)); n == 0 {
		out.SetNull()
	}
}

func lineCannedEdited(e *Engagement, row int, out *cell.Cell) {
	e.loadLines()
	n := e.lines[row].canned
	if out.SetBool(n < 0); n == 0 {
		out.SetNull()
	}
}
