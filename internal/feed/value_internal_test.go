package feed

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTimesOfEveryLayoutAreOneForm(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"T, micros, offset":               {"2019-12-23T16:00:10.072000+00:00", "2019-12-23T16:00:10.072"},
		"T, seconds, offset":              {"2019-02-19T21:31:43+00:00", "2019-02-19T21:31:43"},
		"T, seconds":                      {"2018-09-05T19:58:06", "2018-09-05T19:58:06"},
		"blank, seconds":                  {"2018-06-10 14:23:00", "2018-06-10T14:23:00"},
		"blank, millis":                   {"2020-01-06 23:13:50.617", "2020-01-06T23:13:50.617"},
		"blank, micros, offset":           {"2019-11-08 14:00:06.957000+00:00", "2019-11-08T14:00:06.957"},
		"T, nanos, Z (File Exporter)":     {"2023-08-09T19:21:34.224620050Z", "2023-08-09T19:21:34.22462005"},
		"another offset":                  {"2024-03-01T00:30:00.5+05:30", "2024-02-29T19:00:00.5"},
		"an offset to the west":           {"2023-12-31 23:00:00-01:00", "2024-01-01T00:00:00"},
		"a leap day":                      {"2024-02-29T00:00:00", "2024-02-29T00:00:00"},
		"slip in the docs: two times":     {"2018-09-05 19:58:06T00:01:16.203000+00:00", ""},
		"slip in the docs: a colon for +": {"2019-11-08T14:00:06.95700000:00", ""},
		"no leap day":                     {"2023-02-29T00:00:00", ""},
		"the 31st of November":            {"2023-11-31T00:00:00", ""},
		"month 13":                        {"2023-13-01T00:00:00", ""},
		"month 00":                        {"2023-00-01T00:00:00", ""},
		"hour 24":                         {"2023-11-30T24:00:00", ""},
		"second 60":                       {"2023-11-30T23:59:60", ""},
		"a date alone":                    {"2023-11-30", ""},
		"ten digits of a fraction":        {"2023-11-30T00:00:00.0123456789", ""},
		"a point without digits":          {"2023-11-30T00:00:00.", ""},
		"an offset without a colon":       {"2023-11-30T00:00:00+0000", ""},
		"an epoch":                        {"1700000000000000000", ""},
		"letters":                         {"2023-11-3xT00:00:00", ""},
		"before the year 0":               {"0000-01-01T00:00:00+01:00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := appendMoment([]byte("before "), []byte(c.text))
			require.Equal(t, c.want != "", ok)
			require.Equal(t, "before "+c.want, string(got))
			at, ok := Moment([]byte(c.text))
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, at.Format("2006-01-02T15:04:05.999999999"))
			}
		})
	}
}

func TestTimesAreThoseOfTheLibrary(t *testing.T) {
	zones := []string{"Z", "+00:00", "+05:30", "-11:00"}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-60e9, 250e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		offset, err := time.Parse("Z07:00", zone)
		require.NoError(t, err)
		text := at.In(offset.Location()).Format("2006-01-02T15:04:05.000000000") + zone
		got, ok := appendMoment(nil, []byte(text))
		require.True(t, ok, text)
		require.Equal(t, at.UTC().Format("2006-01-02T15:04:05.999999999"), string(got))
		read, ok := Moment([]byte(text))
		require.True(t, ok, text)
		require.True(t, at.Equal(read), text)
	})
}

func TestEarlierTimesAreLessAsBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Time {
			at := time.Unix(rapid.Int64Range(0, 3).Draw(t, name), 0)
			return at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 500_000_000, 990_000_000, 999_999_999}).Draw(t, name+" nanos")))
		}
		a, b := draw("a"), draw("b")
		ranked := func(at time.Time) string {
			got, ok := appendMoment(nil, []byte(at.UTC().Format("2006-01-02 15:04:05.000000000")))
			require.True(t, ok)
			return string(append(got, rankEnd))
		}
		require.Equal(t, a.Before(b), ranked(a) < ranked(b))
		require.Equal(t, a.Equal(b), ranked(a) == ranked(b))
	})
}

func TestDecimalsHaveOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "0.0": "0", "1.0": "1", "1": "1", "+1": "1", "001": "1", "5.60": "5.6", "26.148": "26.148",
		"1e3": "1000", "1.5E+2": "150", "15e-1": "1.5", "1e-3": "0.001", "-2.50": "-2.5", ".5": "0.5",
		"9007199254740993": "9007199254740993", "0.1000000000000000055511151231257827": "0.1000000000000000055511151231257827",
		"": "", "-": "", "x": "", "1x": "", "1e": "", "1e401": "", "1.2.3": "", "--1": "", "NaN": "", "0x10": "",
	} {
		got, ok := appendDecimal([]byte("="), []byte(text))
		require.Equal(t, want != "", ok, "%q", text)
		require.Equal(t, "="+want, string(got), "%q", text)
	}
}

func TestValuesOfKeys(t *testing.T) {
	for name, c := range map[string]struct {
		kind kind
		raw  []string // all ways to send one value
		want string
	}{
		"ids as text or number":             {text, []string{`"123008"`, `123008`}, `"123008"`},
		"an id beyond 2^53":                 {text, []string{`9007199254740993`, `"9007199254740993"`}, `"9007199254740993"`},
		"null is null":                      {text, []string{`null`, ``}, `null`},
		"text keeps NULL":                   {text, []string{`"NULL"`, `"NU\u004cL"`}, `"NULL"`},
		"text keeps being empty":            {text, []string{`""`}, `""`},
		"text with escapes":                 {text, []string{`"a\u00e9\/\"b"`, `"aé/\"b"`}, `"aé/\"b"`},
		"text with line separators":         {text, []string{"\"a\u2028\u0085b\"", `"a\u2028\u0085b"`}, "\"a\u2028\u0085b\""},
		"text that is a list":               {text, []string{`["a", "b"]`, `["a","b"]`}, `"[\"a\",\"b\"]"`},
		"text that is a flag":               {text, []string{`true`, `"true"`}, `"true"`},
		"flags in all forms, true":          {flag, []string{`true`, `1`, `"1"`, `"true"`, `"TRUE"`, `1.0`}, `"true"`},
		"flags in all forms, false":         {flag, []string{`false`, `0`, `"0"`, `"false"`, `"f"`, `-0`}, `"false"`},
		"a flag that is a count stays":      {flag, []string{`2`, `"2"`}, `"2"`},
		"counts declared double":            {number, []string{`3`, `3.0`, `"3"`, `0.3e1`}, `"3"`},
		"text NULL and empty text for null": {number, []string{`"NULL"`, `""`, `null`, ``}, `null`},
		"a time that is NULL":               {moment, []string{`"NULL"`, `""`, `null`, ``}, `null`},
		"times of all layouts": {moment, []string{
			`"2019-12-23T16:00:10.500000+00:00"`, `"2019-12-23 16:00:10.5"`, `"2019-12-23T16:00:10.500000000Z"`, `"2019-12-23T17:00:10.5+01:00"`,
		}, `"2019-12-23T16:00:10.5Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, raw := range c.raw {
				got, err := c.kind.appendText([]byte("["), []byte(raw))
				require.NoError(t, err)
				require.Equal(t, "["+c.want, string(got), raw)
			}
		})
	}
	_, err := moment.appendText(nil, []byte(`"2018-09-05 19:58:06T00:01:16.203000+00:00"`))
	require.EqualError(t, err, `"2018-09-05 19:58:06T00:01:16.203000+00:0" is no time as 2006-01-02T15:04:05.000000+00:00`)
}
