package follow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

var start = time.Date(2026, time.November, 20, 6, 0, 0, 0, time.UTC)

// after is the time so many seconds after the start.
func after(seconds float64) *time.Time {
	at := start.Add(time.Duration(seconds * float64(time.Second)))
	return &at
}

func TestTell(t *testing.T) {
	now := start
	lines := teller{now: func() time.Time { return now }, told: map[string]word{}}
	running := httpapi.StepView{Name: "fetch", State: contract.StepRunning, Started: after(0)}
	upload := httpapi.StepView{Name: "upload", Leg: "1", Where: "Partner SFTP", State: contract.StepRunning, Started: after(20)}
	done := func(s httpapi.StepView, detail string, seconds float64) httpapi.StepView {
		s.State, s.Detail, s.Ended = contract.StepDone, detail, after(seconds)
		return s
	}
	with := func(s httpapi.StepView, detail string, attempt int) httpapi.StepView {
		s.Detail, s.Attempt = detail, attempt
		return s
	}
	fetched := done(running, "5 of 5 records received", 15)
	failed := done(upload, "", 30)
	failed.State, failed.Error = contract.StepFailed, "other bytes"
	for _, look := range []struct {
		name    string
		seconds float64
		steps   []httpapi.StepView
		want    []string
	}{
		{"begun", 0, []httpapi.StepView{running}, nil},
		{"not long yet", 1.9, []httpapi.StepView{with(running, "0 of 4 slices", 1)}, nil},
		{"long", 3, []httpapi.StepView{with(running, "1 of 4 slices", 1)}, []string{"fetch      running for 3.0 s: 1 of 4 slices"}},
		{"said just now", 5, []httpapi.StepView{with(running, "2 of 4 slices", 1)}, nil},
		{"no news", 9, []httpapi.StepView{with(running, "1 of 4 slices", 1)}, nil},
		{"tried again", 12, []httpapi.StepView{with(running, "tried again: 503", 2)}, []string{
			"fetch      running for 12 s, attempt 2: tried again: 503",
		}},
		{"done", 16, []httpapi.StepView{fetched}, []string{"fetch      5 of 5 records received, 15 s"}},
		{"said already", 17, []httpapi.StepView{fetched}, nil},
		{"legs", 21, []httpapi.StepView{fetched, done(upload, "1 file, 353 kB", 20.3)}, []string{
			"upload     Partner SFTP  1 file, 353 kB, 0.3 s",
		}},
		{"again", 22, []httpapi.StepView{fetched, upload}, nil},
		{"red, as the history lists it", 31, []httpapi.StepView{fetched, done(upload, "1 file", 21), failed}, []string{
			"upload     Partner SFTP  failed after 10 s: other bytes",
		}},
	} {
		now = *after(look.seconds)
		require.Equal(t, look.want, lines.tell(look.steps), look.name)
	}
}

func TestTellOfALongStepWithoutProgress(t *testing.T) {
	now := *after(0)
	lines := teller{now: func() time.Time { return now }, told: map[string]word{}}
	steps := []httpapi.StepView{{Name: "verify", State: contract.StepRunning, Started: after(0)}}
	require.Empty(t, lines.tell(steps))
	now = *after(8)
	require.Equal(t, []string{"verify     running for 8.0 s"}, lines.tell(steps))
	now = *after(60)
	require.Empty(t, lines.tell(steps), "nothing new")
}

func TestTellOfALegThatWasDelivered(t *testing.T) {
	lines := teller{now: func() time.Time { return start }, told: map[string]word{}}
	require.Equal(t, []string{
		"receipt    Cloud store  skipped: delivered by an earlier attempt",
		"receipt    Lager        proven",
	}, lines.tell([]httpapi.StepView{
		{Name: "receipt", Leg: "1", Where: "Cloud store", State: contract.StepSkipped, Detail: "delivered by an earlier attempt"},
		{Name: "receipt", Leg: "2", Where: "Lager", State: contract.StepDone, Detail: "proven"},
	}))
}
