package liveperson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func scanAll(text string) error {
	s := scanner{b: []byte(text)}
	if _, err := s.value(); err != nil {
		return err
	}
	return s.end()
}

func TestScanGrammar(t *testing.T) {
	for _, good := range []string{
		`{}`, `[]`, ` [ 1 , -0.5e+10 , "a\"\\\u00e9" , true , false , null ] `, `{"a":{"b":[{}]}}`, `"😀"`, `0`, `1E5`,
	} {
		require.NoError(t, scanAll(good), good)
	}
	for _, bad := range []string{
		``, `{`, `[1,]`, `{"a"}`, `{"a":1,}`, `{a:1}`, `01`, `1.`, `-`, `1e`, `"a`, `"\x"`, `"\u12g4"`, "\"a\nb\"", `tru`,
		`[1}`, `{"a":1]`, `[1 2]`, `1 2`, `nul`, `+1`, strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	} {
		require.Error(t, scanAll(bad), bad)
	}
}

// On any text the scanner agrees with the standard library on what is JSON.
func TestScanAgreesWithTheStandardLibrary(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", `"`, `"a"`, `"a":`, "1", "0", "-", ".", "e", "E+", `\`, `\u00`, "true", "null", " ", "\n", "é", "x",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
		require.Equal(t, json.Valid([]byte(text)), scanAll(text) == nil, text)
	})
}

// Cutting an answer short anywhere is noticed.
func TestScanNoticesEveryCut(t *testing.T) {
	text := `{"_metadata":{"count":1},"conversationHistoryRecords":[{"info":{"conversationId":"é\n","startTimeL":12}}]}`
	require.NoError(t, scanAll(text))
	for i := range len(text) {
		_, err := parsePage([]byte(text[:i]), conversationsAPI.records)
		require.Error(t, err, text[:i])
	}
}
