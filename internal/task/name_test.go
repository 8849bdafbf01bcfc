package task

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

func testName(t testing.TB) NameData {
	t.Helper()
	return NameData{
		Report: "msg.messages", Task: "01TASK", Description: "Überblick: täglich", Account: "12345", Format: "csv",
		Window: Window{From: at(t, "2026-11-18T23:00:00Z"), To: at(t, "2026-11-19T23:00:00Z")},
		Fire:   at(t, "2026-11-20T05:00:00Z"), Date: "2026-11-19", Part: 1, Parts: 1,
	}
}

func TestRenderName(t *testing.T) {
	for name, tc := range map[string]struct {
		template string
		edit     func(*NameData)
		want     string
	}{
		"default":          {"", nil, "msg.messages_20261118T230000Z_20261119T230000Z.csv"},
		"second of twelve": {"", func(d *NameData) { d.Part, d.Parts = 2, 12 }, "msg.messages_20261118T230000Z_20261119T230000Z_p002.csv"},
		"many parts":       {"{report}{part}", func(d *NameData) { d.Part, d.Parts = 7, 10000 }, "msg.messages_p00007"},
		"revision of part": {"", func(d *NameData) { d.Part, d.Parts, d.Revision = 3, 3, 2 }, "msg.messages_20261118T230000Z_20261119T230000Z_p003_r2.csv"},
		"end of interval":  {"{account}_{to}{part}{revision}.{ext}", nil, "12345_20261119T230000Z.csv"},
		"description":      {"{description}-{date}{part}{revision}.{format}", nil, "Uberblick-taglich-2026-11-19.csv"},
		"fire and total":   {"{task}-{fire}-of{parts}", func(d *NameData) { d.Part, d.Parts = 1, 4 }, "01TASK-20261120T050000Z-of4"},
		"other scripts":    {"{description}", func(d *NameData) { d.Description = "日次レポート" }, "task"},
		"hostile id":       {"{report}{part}", func(d *NameData) { d.Report = "../../etc/passwd" }, "etc-passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			tmpl, err := ParseName(tc.template)
			require.NoError(t, err)
			d := testName(t)
			if tc.edit != nil {
				tc.edit(&d)
			}
			require.Equal(t, tc.want, tmpl.Render(d))
		})
	}
}

func TestParseNameRefuses(t *testing.T) {
	for _, bad := range []string{
		"{nope}.csv", "{report", "report}", "{}", "{ report }", "a/b", `a\b`, "a b", "é", "{report}:{to}", ".{report}", "_{report}",
		"-{report}", "{part}{report}", "{revision}x", "{report}.", "con.{to}", "a\x00", strings.Repeat("x", 201),
	} {
		_, err := ParseName(bad)
		var e *fault.Error
		require.ErrorAs(t, err, &e, "%q", bad)
		require.Equal(t, "fileName", e.Field)
	}
}

// The fix that is offered is itself accepted.
func TestUniqueNames(t *testing.T) {
	fix := regexp.MustCompile(`"([^"]+)"\)$`)
	for _, tc := range []struct{ template, frequency, fixed string }{
		{"{report}_{to}{revision}.csv", Daily, "{report}_{to}{part}{revision}.csv"},
		{"{report}_{to}{part}.{ext}", Daily, "{report}_{to}{part}{revision}.{ext}"},
		{"{report}{part}{revision}.{ext}", Daily, "{report}_{to}{part}{revision}.{ext}"},
		{"{date}{part}{revision}.{ext}", Interval, "{date}_{to}{part}{revision}.{ext}"},
		{"{report}_{to}", Weekly, "{report}_{to}{part}{revision}"},
	} {
		tmpl, err := ParseName(tc.template)
		require.NoError(t, err)
		for range 3 { // one missing element after the other
			err = tmpl.CheckUnique(tc.frequency)
			if err == nil {
				break
			}
			m := fix.FindStringSubmatch(err.Error())
			require.NotNil(t, m, err)
			tmpl, err = ParseName(m[1])
			require.NoError(t, err)
		}
		require.NoError(t, tmpl.CheckUnique(tc.frequency))
		require.Equal(t, tc.fixed, tmpl.String())
	}
	for _, ok := range []struct{ template, frequency string }{
		{DefaultName, Interval},
		{"{date}{part}{revision}", Daily},
		{"{date}{part}{revision}", Weekly},
		{"{fire}{part}{revision}", Interval},
		{"x{part}{revision}", Once},
	} {
		tmpl, err := ParseName(ok.template)
		require.NoError(t, err)
		require.NoError(t, tmpl.CheckUnique(ok.frequency))
	}
}

var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Whatever the fields hold, a name is safe; and whatever template passes CheckUnique
// gives every file of the task a name of its own.
func TestNamesAreSafeAndDistinct(t *testing.T) {
	zones := ZoneNames()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.Permutation([]string{
			"{report}", "{description}", "{task}", "{account}", "{to}", "{from}", "{fire}", "{date}", "{part}", "{revision}", "-", "_", "x",
		}).Draw(t, "order")
		tmpl, err := ParseName("n" + strings.Join(parts[:rapid.IntRange(2, len(parts)).Draw(t, "length")], "") + ".{ext}")
		require.NoError(t, err)
		spec := drawSpec(t, zones)
		if tmpl.CheckUnique(spec.Frequency.Kind) != nil {
			return
		}
		cal, err := NewCalendar(spec, unixUTC(rapid.Int64Range(wallOf2000, wallOf2100-4000*secondsPerDay).Draw(t, "created")), 0)
		require.NoError(t, err)
		id := rapid.String()
		text := NameData{Report: id.Draw(t, "report"), Task: id.Draw(t, "task"), Account: id.Draw(t, "account"), Description: id.Draw(t, "description"), Format: "csv"}
		seen := map[string]bool{}
		for _, run := range NextRuns(cal, cal.First().AddDate(0, 0, -1), 20) {
			for part := 1; part <= 2; part++ {
				for revision := range 2 {
					d := cal.NameData(run.Window)
					d.Report, d.Task, d.Account, d.Description, d.Format = text.Report, text.Task, text.Account, text.Description, text.Format
					d.Part, d.Parts, d.Revision = part, 2, revision
					name := tmpl.Render(d)
					require.Regexp(t, safeName, name)
					require.False(t, seen[name], "%s twice", name)
					seen[name] = true
				}
			}
		}
	})
}

// The date stays distinct where the time of day falls into a gap at the end of a date:
// every zone, the days around each change of three years.
func TestDatesOfWindowsAreDistinct(t *testing.T) {
	created := at(t, "2026-01-01T12:00:00Z")
	for _, zone := range distinctZones(t) {
		for _, clock := range []string{"00:00", "00:30", "23:30"} {
			cal, err := NewCalendar(Spec{Zone: zone, Frequency: Frequency{Kind: Daily, At: clock}}, created, 0)
			require.NoError(t, err)
			for _, change := range cal.Transitions(created, created.AddDate(3, 0, 0)) {
				before := ""
				for b := range cal.Boundaries(change.At.AddDate(0, 0, -3), change.At.AddDate(0, 0, 4)) {
					w, _ := cal.WindowOf(b)
					date := cal.NameData(w).Date
					require.Greater(t, date, before, "%s %s", zone, clock)
					before = date
				}
			}
		}
	}
}

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"Daily messages":          "Daily-messages",
		"  -- Añadidos (hoy) --":  "Anadidos-hoy",
		"A\u0301 and Á":           "A-and-A", // decomposed and composed alike
		"ﬁn №5":                   "fin-No5",
		"CON":                     "task",
		"":                        "task",
		"مرحبا":                   "task",
		strings.Repeat("ab ", 40): strings.TrimRight(strings.Repeat("ab-", 20), "-"),
	} {
		require.Equal(t, want, Slug(text), "%q", text)
	}
}

func TestWindowText(t *testing.T) {
	zone := mustZone(t, "Europe/Madrid")
	plain := Window{From: at(t, "2026-11-18T23:00:00Z"), To: at(t, "2026-11-19T23:00:00Z")}
	require.Equal(t, "2026-11-19 00:00 to 2026-11-20 00:00 Europe/Madrid", plain.Text(zone))
	change := Window{From: at(t, "2026-10-24T22:00:00Z"), To: at(t, "2026-10-25T23:00:00Z")}
	require.Equal(t, "2026-10-25 00:00 +02:00 to 2026-10-26 00:00 +01:00 Europe/Madrid", change.Text(zone))
	require.Equal(t, 25*time.Hour, change.Duration())
	from, to := plain.Span()
	require.Equal(t, []int64{1795042800000, 1795129200000}, []int64{from, to})
}
