package seal

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// TestEmptyLastChunk seals a full chunk and then an empty last one, which our writer never
// does: every object has one form only.
func TestEmptyLastChunk(t *testing.T) {
	ring, err := GenerateRing("k")
	require.NoError(t, err)
	var object bytes.Buffer
	w, err := NewBox(ring).Seal(&object)
	require.NoError(t, err)
	_, err = w.Write(make([]byte, chunkBytes))
	require.NoError(t, err)
	eager := w.(*sealWriter)
	eager.flush()
	eager.nonce.next()
	require.NoError(t, eager.Close())

	r, err := NewBox(ring).Unseal(&object)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}
