package jsonrec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	gojson "github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fastjson"
)

// aRecord has the shape of a conversation with 30 messages.
func aRecord() []byte {
	var b bytes.Buffer
	b.WriteString(`{"info":{"conversationId":"e5c58e49-e4a5-40a8-8a18-d6580d1d5630","brandId":"12345678","startTimeL":1472481024565,"status":"CLOSE"},"messageRecords":[`)
	for i := range 30 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"TEXT_PLAIN","messageData":{"msg":{"text":"Hello — I was charged twice for \"order %d\", could you have a look at it?"}},`+
			`"messageId":"ms::dialog:e5c58e49-e4a5-40a8-8a18-d6580d1d5630::msg:%d","seq":%d,"dialogId":"e5c58e49-e4a5-40a8-8a18-d6580d1d5630",`+
			`"participantId":"f92c9890-2c95-428b-8a32-083528620d31","time":"2016-08-29 15:14:19.564+0000","timeL":1472483659564,"audience":"ALL","sentBy":"Consumer"}`, i, i, i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

type typed struct {
	Info           struct{ ConversationID, BrandID string }
	MessageRecords []struct {
		MessageID, Type, DialogID, ParticipantID, Audience, SentBy string
		Seq, TimeL                                                 int64
		MessageData                                                struct{ Msg struct{ Text string } }
	}
}

// BenchmarkDecode is why this package exists: a tape beside the decoders that could take
// its place. The typed ones cannot keep unknown keys, which reports need.
func BenchmarkDecode(b *testing.B) {
	raw := aRecord()
	run := func(name string, decode func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, decode())
			}
		})
	}
	var d Doc
	run("jsonrec", func() error { _, err := d.Parse(raw); return err })
	var p fastjson.Parser
	run("fastjson", func() error { _, err := p.ParseBytes(raw); return err })
	run("go-json-struct", func() error { var v typed; return gojson.Unmarshal(raw, &v) })
	run("go-json-any", func() error { var v any; return gojson.Unmarshal(raw, &v) })
	run("encoding-json-struct", func() error { var v typed; return json.Unmarshal(raw, &v) })
}
