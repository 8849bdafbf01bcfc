package webhook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// publishedSamples holds the deliveries that the platform documents, where they are at hand.
const publishedSamples = "../../../shared/samples/liveperson/connector"

// FuzzDecode reads whatever can be posted: no crash, an answer of the right kind, and of what is
// read nothing that a conversation could not keep.
func FuzzDecode(f *testing.F) {
	published, err := filepath.Glob(publishedSamples + "/*.json")
	require.NoError(f, err)
	for _, path := range published {
		body, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(body)
	}
	for _, seed := range []string{
		ms(`[{"sequence":1,"conversationId":"c","event":{"type":"ContentEvent"}}]`), ms(`{"sequence":"x","dialogId":7}`), ms(`[[[1]],null,"a"]`),
		ex(`{"result":{"convId":"c","conversationDetails":{"dialogs":{"participantsDetails":null},"ttr":null}}}`), ex(`[{"result":7}]`),
		`{"type":"x","body":[]}`, `{"body":null}`, ` {"body":{"changes":"\ud800"}} `, "{\"type\":\"\xff\"}", `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := Decode(body, Limits{})
		if err != nil {
			require.True(t, fault.Is(err, fault.InvalidSpec))
			return
		}
		for _, c := range all {
			require.NotEmpty(t, c.Event.Key)
			require.GreaterOrEqual(t, c.Event.Sequence, conversation.Unnumbered)
			require.True(t, json.Valid(c.Event.Body), "%q", c.Event.Body)
			require.True(t, c.Conversation == "" || identifiers.MatchString(c.Conversation))
			kept, err := json.Marshal(c.Event)
			require.NoError(t, err)
			require.True(t, utf8.Valid(kept))
		}
	})
}
