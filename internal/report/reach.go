package report

import (
	"strconv"
	"strings"
	"time"

	"transporter/internal/task"
)

// Reach is how far back the source answers: "13mo", a duration such as "24h", or
// "snapshot" for what can be read only as it is now.
type Reach string

// Snapshot is the reach of reports about now: a run later than the next fire is lost.
const Snapshot Reach = "snapshot"

// Since returns the oldest moment that the source still knows at now; false for a
// snapshot, whose limit is the next fire of the task.
func (r Reach) Since(now time.Time) (time.Time, bool) {
	if r == Snapshot {
		return time.Time{}, false
	}
	if months, ok := r.months(); ok {
		return now.AddDate(0, -months, 0), true
	}
	d, err := task.ParseDuration(string(r))
	if err != nil {
		return now, true // refused by check at load
	}
	return now.Add(-time.Duration(d)), true
}

func (r Reach) check() error {
	if _, ok := r.months(); ok || r == Snapshot {
		return nil
	}
	_, err := task.ParseDuration(string(r))
	return err
}

func (r Reach) months() (int, bool) {
	n, found := strings.CutSuffix(string(r), "mo")
	months, err := strconv.Atoi(n)
	return months, found && err == nil && months > 0
}
