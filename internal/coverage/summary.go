package coverage

import (
	"time"

	"transporter/internal/task"
)

// Summary counts the windows of a query and says where they do not tile.
type Summary struct {
	Windows int            `json:"windows"`
	Counts  map[Status]int `json:"counts"`
	Rows    int64          `json:"rows"`
	Breaks  []Break        `json:"breaks"` // gaps and overlaps, in order
}

// Break is a place where one window does not begin at the end of the one before.
type Break struct {
	task.Window      // the time that no window holds, or two
	Overlap     bool `json:"overlap"`
}

// Summarise counts the lines and checks that they tile [from, to), less what lies before
// the task's first window and after now.
func Summarise(lines []Line) Summary {
	s := Summary{Counts: map[Status]int{}, Breaks: []Break{}}
	var end time.Time
	for _, l := range lines {
		s.Windows++
		s.Counts[l.Status]++
		s.Rows += l.Rows
		switch {
		case end.IsZero() || end.Equal(l.From):
		case end.Before(l.From):
			s.Breaks = append(s.Breaks, Break{Window: task.Window{From: end, To: l.From}})
		default:
			s.Breaks = append(s.Breaks, Break{Window: task.Window{From: l.From, To: end}, Overlap: true})
		}
		end = l.To
	}
	return s
}

// Complete reports that every window that is due is delivered or empty and that they tile.
func (s Summary) Complete() bool {
	return len(s.Breaks) == 0 && s.Windows-s.Counts[NotDue] == s.Counts[Delivered]+s.Counts[Empty]
}
