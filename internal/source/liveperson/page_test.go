package liveperson

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParsePage(t *testing.T) {
	body := `{"conversationHistoryRecords":[
		{"campaign":{"info":{"conversationId":"not this"}},"info":{"startTimeL":1000,"conversationId":"a","endTimeL":-1,
			"endTime":"undefined","conversationEndTimeL":"2000","fullDialogEndTimeL":"undefined","isPartial":"true",
			"nested":{"startTimeL":7}},"messageRecords":[{"text":"a \"quoted\" \u007b line"}]},
		{"info":{"conversationId":"b","startTimeL":3000,"endTimeL":4000,"conversationEndTimeL":null,"isPartial":false}}],
		"other":[1,2],"_metadata":{"count":2,"self":{"href":"http://x"},"shardsStatusResult":{"partialResult":true}}}`
	p, err := parsePage([]byte(body), conversationsAPI.records)
	require.NoError(t, err)
	require.Equal(t, int64(2), p.count)
	require.True(t, p.partial)
	require.Len(t, p.records, 2)
	a, b := p.records[0], p.records[1]
	require.Equal(t, "a", a.id)
	require.Equal(t, []int64{1000, notYet, 2000, absent}, []int64{a.start, a.end, a.conversationEnd, a.fullDialogEnd})
	require.True(t, a.partial)
	require.True(t, a.spaced)
	require.Equal(t, []int64{3000, 4000, absent, absent}, []int64{b.start, b.end, b.conversationEnd, b.fullDialogEnd})
	require.False(t, b.partial)
	require.False(t, b.spaced)

	var buf bytes.Buffer
	raw, err := a.compact(&buf)
	require.NoError(t, err)
	require.Equal(t, `{"campaign":{"info":{"conversationId":"not this"}},"info":{"startTimeL":1000,"conversationId":"a","endTimeL":-1,`+
		`"endTime":"undefined","conversationEndTimeL":"2000","fullDialogEndTimeL":"undefined","isPartial":"true",`+
		`"nested":{"startTimeL":7}},"messageRecords":[{"text":"a \"quoted\" \u007b line"}]}`, string(raw))
	raw, err = b.compact(&buf)
	require.NoError(t, err)
	require.Equal(t, `{"info":{"conversationId":"b","startTimeL":3000,"endTimeL":4000,"conversationEndTimeL":null,"isPartial":false}}`, string(raw))
}

func TestParsePageWithoutRecords(t *testing.T) {
	for name, tc := range map[string]struct {
		body  string
		count int64
	}{
		"none":     {`{"_metadata":{"count":0},"conversationHistoryRecords":[]}`, 0},
		"null":     {`{"_metadata":{"count":0},"conversationHistoryRecords":null}`, 0},
		"no list":  {`{"_metadata":{"count":0}}`, 0},
		"no count": {`{"_metadata":{},"conversationHistoryRecords":[]}`, absent},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := parsePage([]byte(tc.body), conversationsAPI.records)
			require.NoError(t, err)
			require.Equal(t, tc.count, p.count)
			require.Empty(t, p.records)
		})
	}
}

func TestParsePublishedExample(t *testing.T) {
	for _, indented := range []bool{false, true} {
		p, err := parsePage(bigPage(t, indented), conversationsAPI.records)
		require.NoError(t, err)
		require.Len(t, p.records, 100)
		r := p.records[0]
		require.Equal(t, "e5c58e49-e4a5-40a8-8a18-d6580d1d5630", r.id)
		require.Equal(t, []int64{1472481024565, 1472500733000, 1472497133000, 1472500733000},
			[]int64{r.start, r.end, r.conversationEnd, r.fullDialogEnd})
		require.Equal(t, indented, r.spaced)
	}
}
