package task

import "time"

// How long a run waits for a platform to export its window.
const (
	DefaultWait  = 7 * 24 * time.Hour
	ShortestWait = time.Minute
	LongestWait  = 60 * 24 * time.Hour
)

// Waits returns how long a run waits for a window that the platform has not exported yet.
func (s Spec) Waits() time.Duration {
	if s.Wait == nil {
		return DefaultWait
	}
	return time.Duration(*s.Wait)
}

// checkWait refuses a wait of tasks whose source never keeps anybody waiting, and one that is too
// short or too long.
func (s Spec) checkWait(p *problems, r Rules) {
	if s.Wait == nil {
		return
	}
	if r.Report != nil && !r.Report.Awaited {
		p.refuse("wait", "the report reads a source that always answers").WithFix("leave it out; only feeds are waited for")
		return
	}
	if d := time.Duration(*s.Wait); d < ShortestWait || d > LongestWait {
		p.refuse("wait", "%s is out of range", *s.Wait).WithFix(`use "1m" to "60d"; without it the run waits 7 days`)
	}
}
