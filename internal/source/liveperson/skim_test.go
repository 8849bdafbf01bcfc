package liveperson

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// What is read past says the same of its head and of a record as what is held, wherever they lie in it.
func TestSkimmingSaysWhatParsingSays(t *testing.T) {
	long := strings.Repeat(`x\\\"\\`, skimAhead) // quotes and backslashes, over many buffers
	const info = `"info":{"hostile":[1,-2.5e3,{"a":null}],"conversationId":"a\u0062","startTimeL":"5","endTimeL":7,"isPartial":true}`
	const head = `"_metadata":{"count":3,"shardsStatusResult":{"partialResult":true}}`
	for name, body := range map[string]string{
		"head first":   `{` + head + `,"records":[{` + info + `,"text":"` + long + `"}]}`,
		"head last":    ` { "records" : [ { "text" : "` + long + `" , ` + info + ` } ] , ` + head + ` } `,
		"beside both":  `{"other":{"records":["` + long + `"]},` + head + `,"more":[[]],"records":[{"text":{"info":{}},` + info + `}],"records":null}`,
		"of a chat":    `{"records":[{"info":{"engagementId":"e","engagementSequence":2,"startTimeL":1,"endTimeL":2,"text":"` + long + `"}}],` + head + `}`,
		"without info": `{"records":[{"info":"` + long + `"}],` + head + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			want, err := parsePage([]byte(body), "records")
			require.NoError(t, err)
			if want.records[0].id == "" {
				var tight bytes.Buffer
				require.NoError(t, json.Compact(&tight, want.records[0].raw))
				sum := sha256.Sum256(tight.Bytes())
				want.records[0].sum = hex.EncodeToString(sum[:8])
			}
			want.records[0].raw, want.records[0].spaced, want.records[0].withheld = nil, false, true
			for _, in := range []io.Reader{strings.NewReader(body), iotest.HalfReader(strings.NewReader(body))} {
				got, err := skimPage(in, "records", "")
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
	}
}

// Of several records it is read to the one that is sought.
func TestSkimmingFindsTheRecordThatIsSought(t *testing.T) {
	p, err := skimPage(strings.NewReader(`{"_metadata":{"count":3},"records":[{"info":{"conversationId":"a"}},{"info":{"conversationId":"b"},"rest":"is not read`), "records", "b")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, []string{p.records[0].id, p.records[1].id})
}

// An answer that is broken, or breaks off before all is known, is none.
func TestSkimmingRefusesWhatIsBroken(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{`, `{"records"`, `{"records":[{"info":{"conversationId":"a"}}]`, `{"records":[{"info":{"conversationId":"a`, `{"records":]}`, `{"records":[{]}`,
		`{"records":{}}`, `{"_metadata":[]}`, `{"_metadata":{"count":1},"records":[{"info":{"conversationId":,}}]}`, `{"a":1 "b":2}`,
	} {
		_, err := skimPage(strings.NewReader(body), "records", "")
		require.Error(t, err, body)
	}
}

// endless is a text that goes on for so many bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = "0123456789 abcde"[i%16]
	}
	if e.left -= n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// However long a record is, next to nothing of it is held.
func TestSkimmingHoldsNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := skimPage(io.MultiReader(
		strings.NewReader(`{"_metadata":{"count":1},"records":[{"info":{"hostile":"`), &endless{left: 512 << 20}, strings.NewReader(`","conversationId":"a","startTimeL":5}}]}`)), "records", "")
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Equal(t, "a", p.records[0].id)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}
