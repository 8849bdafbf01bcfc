package activities

import (
	"time"

	"transporter/internal/contract"
)

// soonLate is how long a run of a task with little or no delay may take before it is behind.
const soonLate = time.Minute

// turn is how urgent the run's requests to its source are. One that the schedule started, or
// that was red and is resumed, is behind when half of its task's delay has passed since it was
// due: soon enough that the other half is not wasted.
func (p *Plan) turn(now time.Time) contract.Turn {
	delay := p.Fire.Sub(time.UnixMilli(p.Window.To))
	behind := now.Sub(p.Fire) > max(delay/2, soonLate)
	switch {
	case p.Trigger == contract.TriggerBackfill:
		return contract.TurnBackfill
	case p.Trigger != contract.TriggerManual && behind:
		return contract.TurnLate
	}
	return contract.TurnScheduled
}
