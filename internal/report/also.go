package report

import (
	"encoding/json"
	"time"

	"transporter/internal/task"
)

// Also is a further resource. Of it a fold takes all records of the window, and so does a raw report
// with a second file; any other report looks them up, of whatever moment they are. The columns that come of it are null for a
// window that it is not asked for: one older than Within, and one that ended less than After
// ago, because the source is not done with it.
type Also struct {
	Resource string        `json:"resource"`
	Content  []string      `json:"content,omitempty"`
	Query    Params        `json:"query,omitempty"` // parameters of source.Query that no task chooses
	Take     []string      `json:"take,omitempty"`  // parameters of the task that select its records
	If       string        `json:"if,omitempty"`    // boolean parameter of the task without which it is not read
	Within   Reach         `json:"within,omitempty"`
	After    task.Duration `json:"after,omitempty"`
	Grain    task.Duration `json:"grain,omitempty"`  // of the source's own intervals: windows are widened to begin at one, and end at the last that is whole
	Partly   bool          `json:"partly,omitempty"` // of a window that begins too early, ask for the rest; the fold sees what is missing

	// File is for raw reports: the records are a file of their own in the delivery, of which this is
	// the name and the key of the array in JSON. Key identifies its rows.
	File string   `json:"file,omitempty"`
	Key  []string `json:"key,omitempty"`

	// Live is counted while it happens and soon forgotten: what was read of a window first stays
	// for later readings of it, which could not be made without.
	Live bool `json:"live,omitempty"`
}

// withinMargin is the time that a run has for its calls, after it decided what to ask for.
const withinMargin = 30 * time.Minute

// Window returns what is asked of the resource for a window, by a run at now; false if nothing.
func (a *Also) Window(from, to int64, now time.Time) (int64, int64, bool) {
	grain := max(time.Duration(a.Grain).Milliseconds(), 1)
	from, to = from-from%grain, to-to%grain
	since, bounded := a.Within.Since(now.Add(withinMargin))
	if oldest := since.UnixMilli(); a.Within != "" && bounded && from < oldest {
		if !a.Partly {
			return from, to, false
		}
		from = (oldest + grain - 1) / grain * grain
	}
	return from, to, from < to && !now.Before(time.UnixMilli(to).Add(time.Duration(a.After)))
}

// AlsoWindow returns what is asked of a further resource for a window, by a run at now; false
// if nothing. What is looked up belongs to records that began before the window, or with
// time_basis start go on after it: it is asked for as far as the source knows it.
func (d *Definition) AlsoWindow(a *Also, params Params, from, to int64, now time.Time) (int64, int64, bool) {
	settled := now.Add(-time.Duration(a.After)).UnixMilli()
	switch {
	case d.Fold != "" || a.File != "" || to > settled:
	case d.startsInWindow(params):
		to = settled
	default:
		from = 0
	}
	return a.Window(from, to, now)
}

// startsInWindow reports whether records belong to the window that they begin in.
func (d *Definition) startsInWindow(params Params) bool {
	var basis string
	return json.Unmarshal(d.Effective(params)[paramTimeBasis], &basis) == nil && basis == timeBasisStart
}

// Beside returns the further resource of that name if its records are a file of their own; else nil.
func (d *Definition) Beside(resource string) *Also {
	for i := range d.Also {
		if a := &d.Also[i]; a.Resource == resource && a.File != "" {
			return a
		}
	}
	return nil
}
