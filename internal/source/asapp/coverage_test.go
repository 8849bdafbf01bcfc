package asapp_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/feeds"
)

// wanted are the scenarios that a reader of exports must pass, by name.
var wanted = []string{
	"plain hour", "empty hour", "slow upload", "split", "growing conversation", "same-partition re-export", "late re-export",
	"restated window", "open status", "null keys", "type drift", "new column at 14:00", "version 2", "encrypted", "WFM", "bad lines", "counts",
}

// proof is where a corner case is tested: in groups of this package, or in a file of another.
type proof struct{ scenario, corner, refusal, file, test string }

// cornerCases are those that a reader of exports must know, by name.
var cornerCases = map[string][]proof{
	"Late re-export of a partition":                   {{scenario: "late re-export"}, {scenario: "same-partition re-export"}, {corner: "Late re-export of a partition, and of its count"}},
	"Row gone in the re-export":                       {{scenario: "row gone in the re-export"}},
	"Old leaf re-exported after newer ones":           {{scenario: "late re-export"}},
	"Duplicates across runs, logical time tied":       {{corner: "Duplicates across runs, logical time tied"}, {scenario: "growing conversation"}},
	"`logical_timestamp` against `instance_ts`":       {{scenario: "restated window"}},
	"Later run, older logical time":                   {{scenario: "later run, older logical time"}},
	"`hr` as data hour or export hour":                {{corner: "`hr` as data hour or export hour"}},
	"Missing `_SUCCESS` for ever":                     {{scenario: "missing _SUCCESS for ever"}},
	"Missing leaves of a feed by the minute":          {{corner: "A feed by the minute that stops"}},
	"Missing `_SUCCESS`, later leaf complete":         {{scenario: "missing _SUCCESS for ever"}},
	"`_SUCCESS` not empty, `_success`, `_SUCCESS.gz`": {{scenario: "_SUCCESS not empty, or _success, or _SUCCESS.gz"}},
	"Partial splits with `_SUCCESS`":                  {{scenario: "gap in splits"}, {scenario: "split plus unsplit file together"}},
	"Leftover high split":                             {{scenario: "leftover high split"}, {scenario: "same-partition re-export"}},
	"Object changes during download":                  {{scenario: "object changes during download"}},
	"Truncated gzip":                                  {{scenario: "truncated gzip"}, {refusal: "broken gzip"}},
	"`.enc`":                                          {{scenario: "encrypted"}},
	"`.enc` and plain twins in one leaf":              {{scenario: ".enc and plain twins"}},
	"Clock skew":                                      {{corner: "Clock skew"}, {refusal: "clock an hour off"}},
	"DST":                                             {{corner: "DST"}},
	"Day edge":                                        {{scenario: "day edge"}},
	"`dt` in the future or before the contract":       {{scenario: "dt in the future"}},
	"Schema change during a day":                      {{scenario: "new column at 14:00"}},
	"Change of meaning without change of version":     {{file: "../../feed/docs/diff_test.go", test: `"described in other words": {`}},
	"Two versions at once":                            {{scenario: "version 2"}},
	"Ended and unended twins":                         {{corner: "Ended and unended twins"}},
	"fact_convos_missed_ends":                         {{corner: "fact_convos_missed_ends"}},
	"Merged issues (voice)":                           {{corner: "Merged issues (voice)"}},
	"Company columns":                                 {{corner: "Company columns"}},
	"Deep partition lists":                            {{scenario: "deep partition list"}},
	"403 on objects":                                  {{refusal: "403 on objects"}, {refusal: "no list permission"}},
	"503 SlowDown":                                    {{file: "../../feed/s3/refusals_test.go", test: "func TestSlowDown("}},
	"Number range":                                    {{scenario: "type drift"}},
	"Numbers as `NaN`/`Infinity`":                     {{scenario: "bad lines"}},
	"Sentiment −1000":                                 {{corner: "Sentiment −1000"}},
	"Repeated JSON key in an object":                  {{corner: "Repeated JSON key in an object"}, {scenario: "bad lines"}},
	"export_row_counts itself late":                   {{scenario: "counts"}},
	"File Exporter `utterances` purge at 32 days":     {{corner: "File Exporter `utterances` purge at 32 days"}},
}

// Every scenario that is wanted and every one that the look-alike has is played, every corner case has a
// test, and none is played that nobody knows.
func TestEveryCaseHasATest(t *testing.T) {
	played := scenarios()
	for _, name := range wanted {
		require.Contains(t, played, name)
	}
	require.ElementsMatch(t, feeds.ScenarioNames(), slices.Collect(maps.Keys(played)))
	for name, proofs := range cornerCases {
		require.NotEmpty(t, proofs, name)
		for _, p := range proofs {
			switch {
			case p.scenario != "":
				require.Contains(t, played, p.scenario, name)
			case p.corner != "":
				require.Contains(t, corners, p.corner, name)
			case p.refusal != "":
				require.Contains(t, refusals, p.refusal, name)
			default:
				text, err := os.ReadFile(p.file)
				require.NoError(t, err)
				require.True(t, strings.Contains(string(text), p.test), "%s: %s has no %s", name, p.file, p.test)
			}
		}
	}
}
