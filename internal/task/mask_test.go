package task

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestMask(t *testing.T) {
	madrid, err := Zone("Europe/Madrid")
	require.NoError(t, err)
	moment := time.Date(2026, 1, 2, 15, 4, 5, 67_891_011, time.UTC)
	for mask, want := range map[string]string{
		"yyyy-MM-dd HH:mm":             "2026-01-02 16:04",
		"MM/dd/yyyy hh:mm:ss a":        "01/02/2026 04:04:05 PM",
		"yyyyMMddHHmmssSSS":            "20260102160405067",
		"dd.MM.yy":                     "02.01.26",
		"yyyy-MM-dd'T'HH:mm:ss.SSSXXX": "2026-01-02T16:04:05.067+01:00",
		"yyyy_MM_dd'Jan'":              "2026_01_02Jan", // what time.Format would take for a month
		"XXX":                          "+01:00",
		"HH":                           "16",
	} {
		m, err := ParseMask("times", mask)
		require.NoError(t, err, mask)
		require.Equal(t, want, string(m.Append(nil, moment.In(madrid))), mask)
	}
	m, err := ParseMask("times", "yyyy-MM-ddXXX hh a")
	require.NoError(t, err)
	require.Equal(t, "2026-01-02Z 12 AM", string(m.Append(nil, time.Date(2026, 1, 2, 0, 30, 0, 0, time.UTC))))
}

func TestMaskRefuses(t *testing.T) {
	for mask, says := range map[string]string{
		"":                  "1 to 40 characters",
		"yyyy-MM-DD":        `"D" is no part of a mask (use yyyy`,
		"YYYY":              `"Y"`,
		"yyy":               `"yyy"`,
		"2006-01-02":        `"2"`,
		"yyyyTHH":           `"T"`,
		"yyyy'":             `"'"`,
		"''":                `"''"`,
		"'día'":             `"'"`,
		"yyyy\r\nMM":        `"\r"`,
		"hh:mm":             "go together",
		"HH:mm a":           "go together",
		"yyyyyyyy":          `"yyyyyyyy"`,
		longText("yyyy", 9): "1 to 40",
	} {
		_, err := ParseMask("times", mask)
		var e *fault.Error
		require.ErrorAs(t, err, &e, mask)
		require.Equal(t, fault.InvalidSpec, e.Kind)
		require.Equal(t, "times", e.Field)
		require.ErrorContains(t, err, says, mask)
	}
}

func longText(part string, times int) (s string) {
	for range times {
		s += part + "-"
	}
	return s
}

// A masked moment is in UTC, and tells windows apart or is refused.
func TestMaskedNames(t *testing.T) {
	d := testName(t)
	for template, want := range map[string]string{
		"CQ{to:yyyyMMddHHmm}{part}{revision}.{ext}":                  "CQ202611192300.csv",
		"x_{from:yyyy-MM-dd}_{to:yyyyMMdd_HHmm}{part}{revision}.txt": "x_2026-11-18_20261119_2300.txt",
		"{fire:yyMMddhhmma}{part}{revision}":                         "2611200500AM",
	} {
		tmpl, err := ParseName(template)
		require.NoError(t, err)
		require.Equal(t, want, tmpl.Render(d))
		require.NoError(t, tmpl.CheckUnique(Interval))
		require.Equal(t, template, tmpl.String())
	}
	for _, bad := range []string{
		"{to:}.csv", "{to:YYYY}.csv", "{date:yyyy}.csv", "{part:yyyy}", "{to:yyyy/MM/dd}", "{to:HH:mm}", "{to:_yyyy}.csv", "{to:yyyy_}", "{to:yyyy MM}",
		"{to:yyyy.MM}", "{nope:yyyy}",
	} {
		_, err := ParseName(bad)
		var e *fault.Error
		require.ErrorAs(t, err, &e, bad)
		require.Equal(t, "fileName", e.Field)
	}
	for _, coarse := range []string{"{to:yyyyMMdd}", "{to:yyyyMMddHH}", "{to:MMddHHmm}", "{to:HHmm}", "{date}_{to:HH}"} {
		tmpl, err := ParseName(coarse + "{part}{revision}.csv")
		require.NoError(t, err)
		require.ErrorContains(t, tmpl.CheckUnique(Interval), "one name", coarse)
		require.NoError(t, tmpl.CheckUnique(Once))
	}
	tmpl, err := ParseName("{to:yyyyMMdd}{part}{revision}.csv")
	require.NoError(t, err)
	require.ErrorContains(t, tmpl.CheckUnique(Daily), "two would have one name (let it say year, month, day, hour and minute: {to:yyyyMMdd_HHmm})")
}
