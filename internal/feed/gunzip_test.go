package feed_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

func zipped(t *testing.T, text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gunzip(file []byte) (string, error) {
	r, err := feed.Gunzip(bytes.NewReader(file), "reps.jsonl.gz")
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

func TestGzipIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"one member":              {zipped(t, "a\nb\n"), "a\nb\n"},
		"several members":         {append(append(zipped(t, "a\n"), zipped(t, "")...), zipped(t, "b\n")...), "a\nb\n"},
		"a line over two members": {append(zipped(t, "a"), zipped(t, "b\n")...), "ab\n"},
		"gzip of nothing":         {zipped(t, ""), ""},
		"zero-byte file":          {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := gunzip(c.file)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestDamagedGzipIsNamed(t *testing.T) {
	whole := zipped(t, "a long line that is compressed\n")
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1 // of the checksum
	data := bytes.Clone(whole)
	data[12] ^= 0xff
	for name, file := range map[string][]byte{
		"truncated in the trailer": whole[:len(whole)-3],
		"truncated in the data":    whole[:15],
		"truncated in the header":  whole[:5],
		"one byte":                 whole[:1],
		"bad trailer":              flipped,
		"damaged data":             data,
		"no gzip at all":           []byte(`{"rep_id":1}` + "\n"),
		"rubbish after a member":   append(bytes.Clone(whole), "rubbish"...),
		"a second member cut off":  append(bytes.Clone(whole), whole[:8]...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gunzip(file)
			require.Equal(t, fault.PartialData, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, "reps.jsonl.gz is not whole gzip")
		})
	}
	for cut := 1; cut < len(whole); cut++ {
		_, err := gunzip(whole[:cut])
		require.True(t, fault.Is(err, fault.PartialData), "cut at %d: %v", cut, err)
	}
}

func TestAFailedReadIsNoDamage(t *testing.T) {
	lost := errors.New("lost")
	whole := zipped(t, "a")
	r, err := feed.Gunzip(io.MultiReader(bytes.NewReader(whole[:12]), iotest.ErrReader(lost)), "a")
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, lost)
	require.Equal(t, fault.Upstream, fault.KindOf(err))
}
