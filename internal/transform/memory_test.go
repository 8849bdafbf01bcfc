package transform

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// endless gives n records made on the way, and notes the largest heap it saw.
type endless struct {
	n       int
	raw     []byte
	largest uint64
}

func (e *endless) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		if resource != "messaging_interactions" {
			return
		}
		var m runtime.MemStats
		for i := range e.n {
			if i%250 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				e.largest = max(e.largest, m.HeapAlloc)
			}
			if !yield(source.Record{Order: int64(i), ID: fmt.Sprint(i), Raw: e.raw}, nil) {
				return
			}
		}
	}
}

func TestMemoryDoesNotGrowWithTheNumberOfRecords(t *testing.T) {
	raw := newVaried(8).records(t, 3)[2]
	used := func(n int) uint64 {
		in := &endless{n: n, raw: raw}
		_, err := Render(context.Background(), newJob(t, "msg.messages", FormatCSV, nil), in, &discard{})
		require.NoError(t, err)
		return in.largest
	}
	used(500)
	few, many := used(500), used(2_000)
	const slack = 4 << 20
	require.Less(t, many, few+slack)
}

func TestARecordOfTensOfMegabytesIsRendered(t *testing.T) {
	const messages = 12_000
	var b bytes.Buffer
	b.WriteString(`{"info":{"conversationId":"c","brandId":"b","startTimeL":1},"messageRecords":[`)
	for i := range messages {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"messageId":"m%d","timeL":%d,"sentBy":"Consumer","messageData":{"msg":{"text":"%s"}}}`, i, messages-i, bytes.Repeat([]byte("long "), 340))
	}
	b.WriteString(`],"messageScores":[`)
	for i := range messages {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"messageId":"m%d","mcs":%d}`, i, i%100)
	}
	b.WriteString(`]}`)
	require.Greater(t, b.Len(), 20<<20)
	in := memory{"messaging_interactions": {{ID: "c", Raw: b.Bytes()}}}
	_, res := render(t, newJob(t, "msg.messages", FormatCSV, nil), in)
	require.EqualValues(t, messages, res.Rows)
}
