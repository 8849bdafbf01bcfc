package asapp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/sandbox/feeds"
)

// shapes are the forms that a leaf may have.
var shapes = map[string]func(*testing.T, *scene){
	"plain hour": func(t *testing.T, s *scene) {
		hour := hours("convos_metrics", 5, 6)
		s.waits(hour, "convos_metrics is not exported yet", "dt=2026-11-19/hr=05 is absent: nothing is there")
		s.step("one file")
		got := s.takes(hour)
		require.Equal(t, []any{1, 1, int64(40)}, []any{got.leaves, got.files, got.lines})
		s.isTrue("convos_metrics")
		require.Equal(t, taken{leaves: 1, lines: 40}, s.takes(hour), "it is not read again, and nothing has changed")
	},
	"empty hour": func(t *testing.T, s *scene) {
		s.step("_SUCCESS alone")
		require.Equal(t, taken{leaves: 1}, s.takes(hours("convos_metrics", 5, 6)))
		s.step("a file of no bytes")
		require.Equal(t, taken{leaves: 1, files: 1}, s.takes(hours("convos_metrics", 6, 7)))
		s.step("gzip of nothing")
		require.Equal(t, taken{leaves: 1, files: 1}, s.takes(hours("convos_metrics", 7, 8)))
		require.Equal(t, taken{leaves: 3}, s.takes(hours("convos_metrics", 5, 8)), "each is done")
	},
	"slow upload": func(t *testing.T, s *scene) {
		s.step("the file")
		s.waits(hours("convos_metrics", 5, 6), "dt=2026-11-19/hr=05 is in progress: 1 file is there, _SUCCESS is not")
		s.step("_SUCCESS twenty minutes later")
		require.EqualValues(t, 40, s.takes(hours("convos_metrics", 5, 6)).lines)
		s.isTrue("convos_metrics")
	},
	"split": func(t *testing.T, s *scene) {
		s.step("three splits from 00")
		got := s.takes(hours("convos_metrics", 5, 6))
		require.Equal(t, []any{3, int64(40)}, []any{got.files, got.lines}, "to the end of the second gzip member of each")
		s.step("three splits from 01")
		got = s.takes(hours("convos_metrics", 6, 7))
		require.Equal(t, []any{3, int64(40)}, []any{got.files, got.lines})
		s.isTrue("convos_metrics")
	},
	"deep partition list": func(t *testing.T, s *scene) {
		s.all()
		got := s.takes(hours("utterances", 5, 6))
		require.Equal(t, []any{1, 1005, int64(1005)}, []any{got.leaves, got.files, got.lines}, "more than one page of a listing")
		require.Equal(t, 1004, s.lastRead[0].Files[1004].Split, "in the order of numbers, beyond two digits")
		s.isTrue("utterances")
	},
	"encrypted": func(t *testing.T, s *scene) {
		s.all()
		s.refuses(hours("convos_metadata", 5, 7), fault.ConfigMissing,
			"cannot be decoded: dt=2026-11-19/hr=05 is undecodable", "convos_metadata.jsonl.gz.enc is encrypted, and the source has no key for it")
		s.decrypts()
		got := s.takes(hours("convos_metadata", 5, 7))
		require.Equal(t, []any{2, 3}, []any{got.leaves, got.files})
		require.Zero(t, got.bad)
		s.isTrue("convos_metadata")
	},
	"version 2": func(t *testing.T, s *scene) {
		s.all()
		for _, version := range []string{"1", "2"} {
			s.version, s.states = version, map[string]feedbook.State{}
			for _, day := range []time.Time{yesterday.Add(-feeds.Day), yesterday} {
				got := s.takes(window{"issue_type", day.Add(5 * time.Hour), day.Add(6 * time.Hour)})
				require.Equal(t, []any{1, 1, int64(40)}, []any{got.leaves, got.files, got.lines}, "of one version")
			}
			s.isTrue("issue_type")
		}
	},
	"partition shape changes": func(t *testing.T, s *scene) {
		s.step("a leaf of a day")
		s.step("a leaf of an hour")
		got := s.takes(window{"transfers", yesterday.Add(-feeds.Day), yesterday.Add(time.Hour)})
		require.Equal(t, []any{2, 2}, []any{got.leaves, got.files}, "a day without hours, and an hour")
		s.isTrue("transfers")
		s.waits(hours("transfers", 0, 2), "dt=2026-11-19/hr=01 is absent")
	},
	"pairs of the path in another order": func(t *testing.T, s *scene) {
		hour := func(n int) window { return hours("transfers", n, n+1) }
		s.waits(hour(5), "dt=2026-11-19/hr=05 is absent")
		s.step("hour 05, company= before dt")
		require.Equal(t, 2, s.takes(hour(5)).files)
		s.step("hour 06, dt and hr before version")
		require.EqualValues(t, 40, s.takes(hour(6)).lines)
		s.step("hour 07, hr before dt, region= at the end")
		require.EqualValues(t, 40, s.takes(hour(7)).lines)
		s.isTrue("transfers")
		s.step("hour 08, as the contract has it")
		got := s.takes(hours("transfers", 5, 9))
		require.Equal(t, []any{4, 1, int64(160)}, []any{got.leaves, got.files, got.lines}, "each once")
		s.isTrue("transfers")
		s.step("hour 09, in another order")
		s.step("hour 09, as the contract has it too")
		s.waits(hour(9), "exported, but cannot be read as it is", "dt=2026-11-19/hr=09 is broken: it lies in two folders: "+
			"transfers/company=acme/dt=2026-11-19/hr=09/version=1/format=jsonl/ and transfers/version=1/format=jsonl/dt=2026-11-19/hr=09/")
		s.step("hour 09, the other is gone")
		require.EqualValues(t, 40, s.takes(hour(9)).lines)
		s.isTrue("transfers")
	},
	"feed in the name differs from the folder": func(t *testing.T, s *scene) {
		s.all()
		require.Equal(t, 1, s.takes(days("reps", yesterday, 1)).files)
		require.Equal(t, []string{"rep.jsonl"}, s.wire.opened)
		s.isTrue("reps")
	},
	"dt in the future": func(t *testing.T, s *scene) {
		s.all()
		require.Equal(t, 1, s.takes(hours("issue_entry", 5, 6)).files)
		s.isTrue("issue_entry")
		three := noon.Truncate(feeds.Day).Add(3*feeds.Day + 5*time.Hour)
		s.waits(window{"issue_entry", three, three.Add(time.Hour)}, "dt=2026-11-23/hr=05 is absent")
	},
}
