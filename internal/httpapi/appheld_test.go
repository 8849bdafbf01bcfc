package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
)

// An app is not taken from its open conversations unless that is said; those of other apps, and closed ones, are no
// reason to keep it.
func TestAnAppWithOpenConversationsStays(t *testing.T) {
	s := newStack(t)
	s.holds(&channelSide{}, nil)
	f := s.furnish(t)
	app := func(name string) string {
		return s.make(t, f.at+"/apps", jsonOf(t, map[string]any{"description": name, "source": f.source, "name": name}))
	}
	one, other := app("One"), app("Other")
	told := temporalx.NewConversations(s.client)
	deliver := func(app, id string, events ...conversation.Event) {
		ref := contract.ConversationRef{Account: f.at[len("/v1/accounts/"):], App: app, Conversation: id}
		require.NoError(t, told.Deliver(t.Context(), ref, events))
	}
	stands := func(updated int64, stage, state string) conversation.Event {
		return conversation.Event{
			Key: conversation.DetailsKey(updated), Kind: conversation.Details, Sequence: conversation.Unnumbered,
			State: &conversation.Snapshot{Updated: updated, Stage: stage, State: state},
		}
	}
	deliver(one, "c-1", stands(1, "OPEN", "OPEN"))
	deliver(one, "c-2", stands(1, "OPEN", "CLOSE"))
	deliver(one, "c-3", stands(1, "CLOSE", "CLOSE"))
	deliver(other, "c-4", stands(1, "OPEN", "OPEN"))
	listed := func(state string, n int) {
		require.Eventually(t, func() bool {
			var list httpapi.List[httpapi.ConversationLine]
			s.call(t, http.MethodGet, f.at+"/conversations?state="+state, "").into(t, &list)
			return len(list.Items) == n
		}, 2*time.Minute, 200*time.Millisecond, state)
	}
	listed("open", 2)
	listed("survey", 1)
	listed("closed", 1)
	deletes := func(app string, status int, says string) {
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			got := s.call(t, http.MethodDelete, f.at+"/apps/"+app, "")
			require.Equal(c, status, got.status, string(got.body))
			require.Contains(c, string(got.body), says)
		}, 2*time.Minute, 200*time.Millisecond)
	}
	deletes(one, http.StatusConflict, "the app holds 2 open conversations")
	deletes(other, http.StatusConflict, "the app holds 1 open conversation (close them first")
	require.Equal(t, http.StatusNoContent, s.call(t, http.MethodDelete, f.at+"/apps/"+one+"?force=true", "").status)
	deliver(other, "c-4", stands(2, "CLOSE", "CLOSE"))
	deletes(other, http.StatusNoContent, "")
	require.Equal(t, http.StatusNotFound, s.call(t, http.MethodDelete, f.at+"/apps/"+one, "").status)
}
