package e2e

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
)

// TestOpeningInDoubt opens a conversation twice under one key: the answer to the first request is
// lost, and the history refuses to say what became of it. The second finds what is open.
func TestOpeningInDoubt(t *testing.T) {
	s := startTalking(t, options{})
	history := sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.Forbidden, Forever: true}
	api := "/api/account/" + platform + "/messaging/consumer/conversation"
	for name, lost := range map[string]string{"the opening": api, "the first message": api + "/send"} {
		t.Run(name, func(t *testing.T) {
			before := len(s.held(t))
			s.faults(t, sandbox.Fault{Path: lost, Exact: true, Kind: sandbox.LostAnswer}, history)
			open := func() (httpapi.ConversationOpened, error) {
				return s.conversations.Open(t.Context(), httpapi.ConversationRequest{App: s.app, Consumer: name, Message: "hello"}, apiclient.Write{Key: "open " + name})
			}
			_, err := open()
			require.ErrorContains(t, err, "whether the platform took it is not known")
			_, err = open()
			require.ErrorContains(t, err, "whether the platform took it is not known", "nothing has become known")
			s.admin(t, http.MethodDelete, "faults", nil)
			out, err := open()
			require.NoError(t, err)
			require.NotNil(t, out.Sequence)
			again, err := open()
			require.NoError(t, err)
			require.Equal(t, out, again)
			require.Len(t, s.held(t), before+1, "one conversation is open")
			said := 0
			for _, e := range s.record(t, out.ID).Events {
				if e.Originator.Role == "CONSUMER" {
					said++
				}
			}
			require.Equal(t, 1, said)
		})
	}
}

// held returns the conversations that the platform holds.
func (s *talking) held(t *testing.T) (all []live.Summary) {
	t.Helper()
	require.NoError(t, json.NewDecoder(get(t, s.DomainURL()+"/_admin/live/"+platform+"/conversations").Body).Decode(&all))
	return all
}
