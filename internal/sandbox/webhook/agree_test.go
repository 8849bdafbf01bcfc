package webhook_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
	receiver "transporter/internal/webhook"
)

// The transporter believes what the sandbox signs, in every form that accounts may have, and reads
// the changes that are in it.
func TestTheTransporterReadsWhatTheSandboxSends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.SampledFrom([]string{webhook.SHA1, webhook.SHA256}).Draw(t, "hash")
		encoding := rapid.SampledFrom([]string{webhook.Base64, webhook.Hex}).Draw(t, "encoding")
		secret := rapid.StringMatching(`[0-9a-v]{26}`).Draw(t, "secret")
		var changes [][]byte
		for i, text := range rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "texts") {
			message, err := json.Marshal(text)
			require.NoError(t, err)
			changes = append(changes, fmt.Appendf(nil, `{"sequence":%d,"originatorId":"o","conversationId":"c-1","dialogId":"c-1","event":{"type":"ContentEvent","contentType":"text/plain","message":%s}}`, i, message))
		}
		body := webhook.Body(live.TypeContent, changes...)
		signature := webhook.Sign(secret, body, hash, encoding)
		require.True(t, receiver.Verify([]byte(secret), signature, body))
		require.False(t, receiver.Verify([]byte(secret+"0"), signature, body))
		read, err := receiver.Decode(body, receiver.Limits{})
		require.NoError(t, err)
		require.Len(t, read, len(changes))
		for _, c := range read {
			require.Equal(t, "c-1", c.Conversation)
		}
	})
}
