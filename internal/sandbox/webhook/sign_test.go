package webhook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

// The published deliveries come out byte for byte: body and signature.
func TestPublishedSignatures(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "samples", "liveperson", "connector", "webhook_signature_test_vectors.json"))
	if err != nil {
		t.Skip("the published samples are not here")
	}
	var vectors []struct {
		Secret  string            `json:"client_secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"raw_body"`
	}
	require.NoError(t, json.Unmarshal(b, &vectors))
	require.Len(t, vectors, 2)
	for i, kind := range []string{live.TypeChatState, live.TypeConversation} {
		v := vectors[i]
		var parts struct {
			Body struct{ Changes []json.RawMessage }
		}
		require.NoError(t, json.Unmarshal([]byte(v.Body), &parts))
		body := webhook.Body(kind, parts.Body.Changes[0])
		require.Equal(t, v.Body, string(body))
		require.Equal(t, v.Headers[webhook.SignatureHeader], webhook.Sign(v.Secret, body, webhook.SHA1, webhook.Base64))
	}
}

// Figures of RFC 2202 and RFC 4231, test case 2.
func TestSignaturesInEveryForm(t *testing.T) {
	body := []byte("what do ya want for nothing?")
	for _, c := range []struct{ hash, encoding, want string }{
		{webhook.SHA1, webhook.Hex, "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{webhook.SHA1, webhook.Base64, "sha1=7/zfauXrL6LSdBbV8YTfnCWafHk="},
		{webhook.SHA256, webhook.Hex, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{webhook.SHA256, webhook.Base64, "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="},
	} {
		require.Equal(t, c.want, webhook.Sign("Jefe", body, c.hash, c.encoding))
	}
}

func TestSeveralChangesInOneBody(t *testing.T) {
	require.JSONEq(t, `{"kind":"notification","body":{"changes":[{"a":1},{"b":"ü"}]},"type":"ms.MessagingEventNotification"}`,
		string(webhook.Body(live.TypeContent, []byte(`{"a":1}`), []byte(`{"b":"ü"}`))))
	require.JSONEq(t, `{"kind":"notification","body":{"changes":[{}]},"type":"cqm.ExConversationChangeNotification"}`,
		string(webhook.Body(live.TypeConversation, []byte(`{}`))))
}
