package pgp

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

func TestInspectFindsEveryCut(t *testing.T) {
	message := encrypt(t, content(5, 300_000, false), mustParse(t, sharedPair().Public))
	_, err := Inspect(bytes.NewReader(message))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(0, len(message)-1).Draw(t, "length")
		if _, err := Inspect(bytes.NewReader(message[:length])); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("cut to %d: %v", length, err)
		}
	})
}

func TestInspectRefuses(t *testing.T) {
	message := encrypt(t, []byte("clear"), mustParse(t, sharedPair().Public))
	for name, data := range map[string][]byte{
		"nothing":             nil,
		"clear text":          []byte("id,name\n1,a\n"),
		"something behind":    append(bytes.Clone(message), '\n'),
		"two messages":        append(bytes.Clone(message), message...),
		"a key":               []byte(sharedPair().Public),
		"literal packet":      {0xCB, 7, 'b', 0, 0, 0, 0, 0, 'x'},
		"data without a key":  {0xD2, 2, 1, 0},
		"indeterminate":       {0x87, 1, 2, 3},
		"other session key":   {0xC1, 9, 6, 0, 0, 0, 0, 0, 0, 0, 0},
		"session key cut off": {0xC1, 200, 3},
	} {
		_, err := Inspect(bytes.NewReader(data))
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
	}
}

func TestEnvelopeIsInTheHead(t *testing.T) {
	message := encrypt(t, content(6, 100_000, false), mustParse(t, sharedPair().Public))
	e, err := ReadEnvelope(bytes.NewReader(message[:200]))
	require.NoError(t, err)
	require.Len(t, e.Recipients, 1)
	require.Equal(t, versionMDC, e.Version)
}
