package temporalx

import "time"

// Glancing has it looked so often whether a run that is waited for waits itself.
func (r *Runs) Glancing(every time.Duration) *Runs {
	r.glance = every
	return r
}
