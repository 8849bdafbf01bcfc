package task

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPartition(t *testing.T) {
	spec := func(zone string, f Frequency) Spec { return Spec{Zone: zone, Frequency: f} }
	every := func(d time.Duration) Frequency { return Frequency{Kind: Interval, Every: Duration(d)} }
	daily := func(hhmm string) Frequency { return Frequency{Kind: Daily, At: hhmm} }
	for name, tc := range map[string]struct {
		spec     Spec
		from, to string
		want     string
	}{
		"a day":                       {spec("UTC", daily("00:00")), "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z", "dt=2026-11-19"},
		"a day east of UTC":           {spec("Europe/Madrid", daily("00:00")), "2026-11-18T23:00:00Z", "2026-11-19T23:00:00Z", "dt=2026-11-19"},
		"a day of 25 hours":           {spec("Europe/Madrid", daily("00:00")), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "dt=2026-10-25"},
		"from six to six":             {spec("America/New_York", daily("06:00")), "2026-11-19T11:00:00Z", "2026-11-20T11:00:00Z", "dt=2026-11-19"},
		"a week":                      {spec("UTC", Frequency{Kind: Weekly, At: "00:00", Weekday: "monday"}), "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", "dt=2026-11-16"},
		"the short one after an edit": {spec("UTC", daily("06:00")), "2026-11-19T00:00:00Z", "2026-11-19T06:00:00Z", "dt=2026-11-19/hr=00/mi=00"},
		"an hour":                     {spec("UTC", every(time.Hour)), "2026-11-19T05:00:00Z", "2026-11-19T06:00:00Z", "dt=2026-11-19/hr=05"},
		"an hour, told in UTC":        {spec("Europe/Madrid", every(time.Hour)), "2026-11-18T23:00:00Z", "2026-11-19T00:00:00Z", "dt=2026-11-18/hr=23"},
		"an hour from half to half":   {spec("Asia/Kolkata", every(time.Hour)), "2026-11-19T05:30:00Z", "2026-11-19T06:30:00Z", "dt=2026-11-19/hr=05/mi=30"},
		"a quarter of an hour":        {spec("UTC", every(15*time.Minute)), "2026-11-19T05:15:00Z", "2026-11-19T05:30:00Z", "dt=2026-11-19/hr=05/mi=15"},
		"the first quarter":           {spec("UTC", every(15*time.Minute)), "2026-11-19T05:00:00Z", "2026-11-19T05:15:00Z", "dt=2026-11-19/hr=05/mi=00"},
		"twice a day":                 {spec("UTC", every(12*time.Hour)), "2026-11-19T12:00:00Z", "2026-11-20T00:00:00Z", "dt=2026-11-19/hr=12"},
		"two days":                    {spec("UTC", every(48*time.Hour)), "2026-11-19T00:00:00Z", "2026-11-21T00:00:00Z", "dt=2026-11-19"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := NewCalendar(tc.spec, at(t, "2026-10-02T09:00:00Z"), 0)
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Partition(Window{From: at(t, tc.from), To: at(t, tc.to)}))
		})
	}
}
