package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

func TestTurn(t *testing.T) {
	end := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		trigger string
		delay   time.Duration
		after   time.Duration // the run was due
		want    contract.Turn
	}{
		"scheduled":                      {"", time.Hour, 29 * time.Minute, contract.TurnScheduled},
		"scheduled, half its delay gone": {"", time.Hour, 31 * time.Minute, contract.TurnLate},
		"scheduled, no delay":            {"", 0, 59 * time.Second, contract.TurnScheduled},
		"scheduled, no delay, behind":    {"", 0, 61 * time.Second, contract.TurnLate},
		"resumed a day later":            {contract.TriggerResume, time.Hour, 24 * time.Hour, contract.TurnLate},
		"by hand, of the past":           {contract.TriggerManual, time.Hour, 24 * time.Hour, contract.TurnScheduled},
		"backfill":                       {contract.TriggerBackfill, time.Hour, 24 * time.Hour, contract.TurnBackfill},
		"backfill of now":                {contract.TriggerBackfill, time.Hour, time.Second, contract.TurnBackfill},
	} {
		t.Run(name, func(t *testing.T) {
			p := Plan{Trigger: c.trigger, Fire: end.Add(c.delay), Window: contract.Span{To: end.UnixMilli()}}
			require.Equal(t, c.want, p.turn(p.Fire.Add(c.after)))
		})
	}
}
