package transform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"transporter/internal/task"
)

// A long text is written in pieces where it is encoded: as it is written at once in UTF-8, wherever its characters and
// quotes lie, and with what the encoding has not.
func TestLongTextsAreEncodedAsShortOnes(t *testing.T) {
	for name, text := range map[string]string{
		"wide":    strings.Repeat("a€𝄞é", flushAt/4),
		"quotes":  "x" + strings.Repeat(`\"é`, flushAt/2),
		"formula": "=" + strings.Repeat(`1+é`, flushAt/3),
		"lines":   strings.Repeat(`é\n`, flushAt),
	} {
		in := memory{"messaging_interactions": talkOf("c", text, 1)}
		for _, quotes := range []string{quotesMinimal, "all"} {
			csv := func(encoding string) string {
				job := newJob(t, "msg.messages", FormatCSV, nil)
				job.Formatting = task.Formatting{Quotes: quotes, Encoding: encoding, FormulaGuard: true, Unencodable: task.UnencodableReplace}
				out, res := render(t, job, in)
				require.Empty(t, res.Quarantined)
				return out.bodies[0]
			}
			want := csv("")
			require.Greater(t, len(want), flushAt)
			got, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().String(csv(task.EncodingUTF16LE))
			require.NoError(t, err)
			require.True(t, want == got, "%s, %s: the texts differ", name, quotes)

			latin := strings.NewReplacer("€", "?", "𝄞", "?", "é", "\xe9").Replace(want)
			require.True(t, latin == csv("iso-8859-1"), "%s, %s: the texts differ in ISO 8859-1", name, quotes)
		}
	}
}
