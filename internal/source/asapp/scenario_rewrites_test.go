package asapp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/sandbox/feeds"
)

// rewrites are what happens to leaves that were exported before, and those that are not whole.
var rewrites = map[string]func(*testing.T, *scene){
	"same-partition re-export": func(t *testing.T, s *scene) {
		hour := hours("utterances", 5, 6)
		s.step("three splits")
		require.Equal(t, 3, s.takes(hour).files)
		s.isTrue("utterances")
		s.step("two splits, with changed and removed rows; the old third stays")
		got := s.takes(hour)
		require.Equal(t, 2, got.files, "each export is read once, and what is left over not at all")
		require.NotEmpty(t, got.changed)
		require.NotEmpty(t, got.removed)
		require.Len(t, s.lastRead[0].Ignored, 1)
		require.Contains(t, s.lastRead[0].Ignored[0], "utterances.jsonl.02.gz: it is left over from an earlier export with more splits")
		s.isTrue("utterances")
		leaves, err := s.book.Leaves(t.Context(), s.ledgerOf("utterances"), "2026-11-19", "2026-11-19")
		require.NoError(t, err)
		require.Len(t, leaves, 1)
		require.Equal(t, 2, leaves[0].Generation)
	},
	"leftover high split": func(t *testing.T, s *scene) {
		s.step("both exports")
		require.Equal(t, 2, s.takes(hours("utterances", 5, 6)).files)
		require.Len(t, s.lastRead[0].Ignored, 1)
		s.isTrue("utterances")
	},
	"late re-export": func(t *testing.T, s *scene) {
		five := yesterday.Add(-4*feeds.Day + 5*time.Hour)
		old := window{"convos_metrics", five, five.Add(time.Hour)}
		for w, day := old, 0; day < 5; day++ {
			s.step(s.Steps[s.next].Name)
			require.Equal(t, 1, s.takes(w).files)
			w.from, w.to = w.from.Add(feeds.Day), w.to.Add(feeds.Day)
		}
		s.isTrue("convos_metrics")
		s.step("the leaf of 5 days ago again")
		s.now = yesterday.Add(9*time.Hour + 10*time.Minute)
		s.waits(old, "dt=2026-11-15/hr=05 is rewritten", "convos_metrics.jsonl is newer than _SUCCESS and 5m0s old")
		s.now = noon
		got := s.takes(old)
		require.Equal(t, 1, got.files, "the four that follow are not read again")
		require.NotEmpty(t, append(got.changed, got.removed...))
		s.isTrue("convos_metrics")
	},
	"row gone in the re-export": func(t *testing.T, s *scene) {
		s.step("hour 05")
		require.Equal(t, []string{`["1"]`, `["2"]`}, s.takes(hours("rep_augmentation", 5, 6)).changed)
		s.step("hour 06")
		require.Equal(t, []string{`["1"]`, `["2"]`, `["3"]`}, s.takes(hours("rep_augmentation", 6, 7)).changed)
		s.step("hour 06 again, without issues 2 and 3")
		got := s.takes(hours("rep_augmentation", 6, 7))
		require.Equal(t, []string{`["2"]`}, got.changed, "it falls back to the hour before")
		require.Equal(t, []string{`["3"]`}, got.removed, "no leaf has it any more")
		require.Equal(t, 2.0, s.member("rep_augmentation", `["2"]`, "auto_complete_msgs"))
		s.isTrue("rep_augmentation")
	},
	"missing _SUCCESS for ever": func(t *testing.T, s *scene) {
		s.all()
		s.waits(hours("issue_queues", 5, 6), "dt=2026-11-19/hr=05 is in progress: 1 file is there, _SUCCESS is not")
		require.EqualValues(t, 40, s.takes(hours("issue_queues", 6, 7)).lines, "the hour after it is not held up")
		s.now = noon.AddDate(1, 0, 0)
		s.waits(hours("issue_queues", 5, 7), "dt=2026-11-19/hr=05 is in progress")
		s.isTrue("issue_queues")
	},
	"gap in splits": func(t *testing.T, s *scene) {
		s.step("_SUCCESS without the second of three")
		s.now = yesterday.Add(6 * time.Hour)
		s.waits(hours("customer_params_hourly", 5, 6), "customer_params_hourly is not exported yet: dt=2026-11-19/hr=05 is rewritten: split 01 is missing before", "its newest object is")
		s.now = noon
		s.waits(hours("customer_params_hourly", 5, 6), "exported, but cannot be read as it is: customer_params_hourly: dt=2026-11-19/hr=05 is broken: split 01 is missing before",
			"customer_params_hourly.jsonl.02.gz", "ask the platform to export it anew")
		s.step("all three")
		require.Equal(t, 3, s.takes(hours("customer_params_hourly", 5, 6)).files)
		s.isTrue("customer_params_hourly")
	},
	"truncated gzip": func(t *testing.T, s *scene) {
		s.step("a file without its end")
		said := s.refuses(hours("rep_convos", 5, 6), fault.PartialData, "rep_convos.jsonl.gz is not whole gzip")
		require.True(t, said.Kind.Retryable(), "the transfer may be at fault")
		s.step("the whole file")
		require.EqualValues(t, 40, s.takes(hours("rep_convos", 5, 6)).lines)
		s.isTrue("rep_convos")
	},
	"object changes during download": func(t *testing.T, s *scene) {
		s.step("the first export")
		s.between = func() { s.step("the second, over the same name") }
		said := s.refuses(hours("sms_events", 5, 6), fault.Conflict, "sms_events.jsonl changed while it was read")
		require.True(t, said.Kind.Retryable(), "it is listed again")
		s.between = nil
		s.takes(hours("sms_events", 5, 6))
		s.isTrue("sms_events")
	},
	".enc and plain twins": func(t *testing.T, s *scene) {
		s.step("the plain file")
		s.waits(hours("voice_intents", 5, 6), "in progress")
		s.step("the encrypted one and _SUCCESS")
		require.EqualValues(t, 40, s.takes(hours("voice_intents", 5, 6)).lines)
		require.Equal(t, []string{"voice_intents.jsonl.gz"}, s.wire.opened, "without a key the plain one, and not both")
		s.decrypts()
		got := s.takes(hours("voice_intents", 5, 6))
		require.EqualValues(t, 40, got.lines)
		require.Equal(t, []string{"voice_intents.jsonl.gz", "voice_intents.jsonl.gz.enc"}, s.wire.opened, "with a key the encrypted one")
		s.isTrue("voice_intents")
	},
	"split plus unsplit file together": func(t *testing.T, s *scene) {
		s.step("hour 05, whole")
		require.Equal(t, 1, s.takes(hours("csid_containment", 5, 6)).files)
		s.step("hour 05, in splits")
		require.Equal(t, 2, s.takes(hours("csid_containment", 5, 6)).files, "the newer kind")
		s.step("hour 06, in splits")
		s.step("hour 06, whole")
		require.Equal(t, 1, s.takes(hours("csid_containment", 6, 7)).files, "the newer kind")
		s.step("hour 07, whole")
		s.step("hour 07, in splits at the same time")
		s.waits(hours("csid_containment", 7, 8), "dt=2026-11-19/hr=07 is broken", "lies beside splits, and neither is newer than the other")
		s.isTrue("csid_containment")
	},
	"_SUCCESS not empty, or _success, or _SUCCESS.gz": func(t *testing.T, s *scene) {
		s.all()
		s.waits(hours("live_agent_opportunities", 5, 6), "dt=2026-11-19/hr=05 is in progress: 1 file is there, _SUCCESS is not")
		require.EqualValues(t, 40, s.takes(hours("live_agent_opportunities", 6, 7)).lines)
		require.Equal(t, []string{"_SUCCESS is not empty"}, s.lastRead[0].Warnings)
		s.isTrue("live_agent_opportunities")
	},
	"vanished after import": func(t *testing.T, s *scene) {
		hour := hours("knowledge_base", 5, 6)
		s.step("the leaf")
		require.EqualValues(t, 40, s.takes(hour).lines)
		read, err := s.try(hour)
		require.NoError(t, err)
		delivery := contract.Delivery{Account: "acme", Task: "t", Generation: 1, Span: contract.Span{From: hour.from.UnixMilli(), To: hour.to.UnixMilli()}}
		require.NoError(t, s.book.Deliver(t.Context(), delivery, read))
		s.step("its objects are gone")
		s.waits(hour, "dt=2026-11-19/hr=05 is absent: nothing is there")
		listed, err := s.source().Listed(t.Context(), s.query(hour))
		require.NoError(t, err)
		changed, err := s.book.Changed(t.Context(), delivery, "", listed)
		require.NoError(t, err)
		require.False(t, changed, "that it is gone is no new export of it")
		s.isTrue("knowledge_base")
	},
}
