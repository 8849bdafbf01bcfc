package feed_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed"
)

func metrics(date string, hour, minute int) feed.Location {
	return feed.Location{
		Place: feed.Place{Feed: "convos_metrics", Version: "1", Format: "jsonl"},
		Stamp: feed.Stamp{Date: date, Hour: hour, Minute: minute}, Name: "convos_metrics.jsonl",
	}
}

func TestPathsAreRead(t *testing.T) {
	with := func(l feed.Location, labels ...string) feed.Location { l.Labels = labels; return l }
	for name, c := range map[string]struct {
		key  string
		want feed.Location
	}{
		"dt":                  {"convos_metrics/version=1/format=jsonl/dt=2026-11-20/convos_metrics.jsonl", metrics("2026-11-20", feed.None, feed.None)},
		"dt/hr":               {"convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=05/convos_metrics.jsonl", metrics("2026-11-20", 5, feed.None)},
		"dt/hr/mi":            {"convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=23/mi=59/convos_metrics.jsonl", metrics("2026-11-20", 23, 59)},
		"one-digit hr and mi": {"convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=5/mi=0/convos_metrics.jsonl", metrics("2026-11-20", 5, 0)},
		"pairs in any order":  {"convos_metrics/dt=2026-11-20/hr=05/format=jsonl/version=1/convos_metrics.jsonl", metrics("2026-11-20", 5, feed.None)},
		"unknown pairs are labels": {
			"convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=05/region=eu/team=%20a/convos_metrics.jsonl",
			with(metrics("2026-11-20", 5, feed.None), "region=eu", "team=%20a"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := feed.ParsePath(c.key)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestPathsOfNoLeafAreIgnoredWithTheReason(t *testing.T) {
	for name, c := range map[string]struct{ key, reason string }{
		"mi without hr":           {"a/version=1/format=jsonl/dt=2026-11-20/mi=15/a.jsonl", "mi=15 in its path stands without hr="},
		"nothing is url-decoded":  {"a/version=1/format=jsonl/dt%3D2026-11-20/a.jsonl", "is no new name=value pair"},
		"no date":                 {"a/version=1/format=jsonl/a.jsonl", "dt= in its path is not a date"},
		"an impossible date":      {"a/version=1/format=jsonl/dt=2026-02-30/a.jsonl", "dt=2026-02-30 in its path is not a date"},
		"hr=24":                   {"a/version=1/format=jsonl/dt=2026-11-20/hr=24/a.jsonl", "hr=24 in its path is not an hour"},
		"hr of three digits":      {"a/version=1/format=jsonl/dt=2026-11-20/hr=005/a.jsonl", "hr=005 in its path"},
		"empty hr":                {"a/version=1/format=jsonl/dt=2026-11-20/hr=/a.jsonl", "hr= in its path"},
		"mi=60":                   {"a/version=1/format=jsonl/dt=2026-11-20/hr=05/mi=60/a.jsonl", "mi=60 in its path"},
		"a signed minute":         {"a/version=1/format=jsonl/dt=2026-11-20/hr=05/mi=+1/a.jsonl", "mi=+1 in its path"},
		"a version that is text":  {"a/version=one/format=jsonl/dt=2026-11-20/a.jsonl", "version=one in its path"},
		"no format":               {"a/version=1/dt=2026-11-20/a.jsonl", "format= is missing"},
		"a pair twice":            {"a/version=1/format=jsonl/dt=2026-11-20/dt=2026-11-21/a.jsonl", "no new name=value pair"},
		"a folder without a pair": {"a/version=1/format=jsonl/dt=2026-11-20/tmp/a.jsonl", `"tmp" in its path`},
		"a feed with capitals":    {"Reps/version=1/format=jsonl/dt=2026-11-20/a.jsonl", `"Reps" is no feed's name`},
		"a file beside feeds":     {"readme", "it is no file below a feed's folder"},
		"a folder's marker":       {"a/version=1/format=jsonl/dt=2026-11-20/", "it is no file below"},
		"the stray blank in dt":   {"a/version=1/format=jsonl/ dt=2026-11-20/a.jsonl", "dt= in its path is not a date"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := feed.ParsePath(c.key)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestNamesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		feed string
		want feed.File
	}{
		"convos_metrics.jsonl":           {"convos_metrics", feed.File{Split: feed.None}},
		"convos_metrics.jsonl.gz":        {"convos_metrics", feed.File{Split: feed.None, Gzip: true}},
		"utterances.jsonl.00.gz":         {"utterances", feed.File{Split: 0, Gzip: true}},
		"utterances.jsonl.01.gz":         {"utterances", feed.File{Split: 1, Gzip: true}},
		"utterances.jsonl.03.gz.enc":     {"utterances", feed.File{Split: 3, Gzip: true, Encrypted: true}},
		"utterances.jsonl.enc":           {"utterances", feed.File{Split: feed.None, Encrypted: true}},
		"utterances.jsonl.100":           {"utterances", feed.File{Split: 100}},
		"rep_utilized_v3.jsonl":          {"rep_utilized_v3", feed.File{Split: feed.None}},
		"Quick-Reply_2.jsonl.12.gz":      {"Quick-Reply_2", feed.File{Split: 12, Gzip: true}},
		"_SUCCESS":                       {},
		"_success":                       {},
		"_SUCCESS.gz":                    {},
		"utterances.jsonl.0":             {},
		"utterances.jsonl.enc.gz":        {},
		"utterances.csv":                 {},
		"a.b.jsonl":                      {},
		"utterances.jsonl.00.gz.tmp":     {},
		"a.jsonl.9999999999999999999999": {},
	} {
		t.Run(name, func(t *testing.T) {
			of, file, ok := feed.ParseName(name)
			require.Equal(t, c.feed != "", ok)
			require.Equal(t, c.feed, of)
			require.Equal(t, c.want, file)
		})
	}
}

func TestWhatIsBuiltIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hour := rapid.IntRange(feed.None, 23).Draw(t, "hour")
		minute := feed.None
		if hour != feed.None {
			minute = rapid.IntRange(feed.None, 59).Draw(t, "minute")
		}
		place := feed.Place{
			Feed:    rapid.StringMatching(`[a-z][a-z0-9_]{0,20}`).Draw(t, "feed"),
			Version: rapid.StringMatching(`[1-9][0-9]{0,3}`).Draw(t, "version"), Format: "jsonl",
		}
		date := rapid.IntRange(0, 36500).Draw(t, "days")
		stamp := feed.StampOf(epoch.AddDate(0, 0, date), feed.ByDay)
		stamp.Hour, stamp.Minute = hour, minute
		file := feed.File{
			Split: rapid.IntRange(feed.None, 1000).Draw(t, "split"),
			Gzip:  rapid.Bool().Draw(t, "gzip"), Encrypted: rapid.Bool().Draw(t, "encrypted"),
		}
		name := feed.FileName(place.Feed, file.Split, file.Gzip, file.Encrypted)
		got, err := feed.ParsePath(feed.Path(place, stamp) + name)
		require.NoError(t, err)
		require.Equal(t, feed.Location{Place: place, Stamp: stamp, Name: name}, got)
		of, read, ok := feed.ParseName(name)
		require.True(t, ok)
		require.Equal(t, place.Feed, of)
		require.Equal(t, file, read)
	})
}
