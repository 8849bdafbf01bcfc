package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
)

// A conversation whose workflow was begun again is listed once, as it is now, whichever state is asked for.
func TestConversationsAreListedAsTheyAre(t *testing.T) {
	s := newStack(t)
	acme := s.make(t, "/v1/accounts", `{"description":"Support","zone":"Europe/Madrid"}`)
	run := func(id, state string) func() {
		start := temporalx.ConversationStart(contract.ConversationRef{Account: acme, Conversation: id})
		start.TaskQueue = "nobody works here"
		start.TypedSearchAttributes = temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount).ValueSet(acme),
			temporal.NewSearchAttributeKeyKeyword(contract.AttrConversationState).ValueSet(state),
		)
		run, err := s.client.ExecuteWorkflow(t.Context(), start, contract.WorkflowConversation)
		require.NoError(t, err)
		return func() {
			require.NoError(t, s.client.TerminateWorkflow(t.Context(), start.ID, run.GetRunID(), "it is over"))
		}
	}
	for id, states := range map[string][]string{
		"c-1": {"open", "closed"}, "c-2": {"abandoned", "open", "closed"}, "c-3": {"closed", "closed"}, "c-4": {"abandoned"},
	} {
		for _, state := range states {
			run(id, state)()
		}
	}
	run("c-5", "abandoned")()
	run("c-5", "open")
	list := func(query string) (all []httpapi.ConversationLine) {
		got := s.call(t, http.MethodGet, "/v1/accounts/"+acme+"/conversations"+query, "")
		require.Equal(t, http.StatusOK, got.status, string(got.body))
		var page httpapi.List[httpapi.ConversationLine]
		got.into(t, &page)
		return page.Items
	}
	require.Eventually(t, func() bool { return len(list("")) == 5 && len(list("?state=closed")) == 3 }, 2*time.Minute, 100*time.Millisecond)
	for state, want := range map[string][]string{
		"": {"c-1", "c-2", "c-3", "c-4", "c-5"}, "open": {"c-5"}, "closed": {"c-1", "c-2", "c-3"}, "abandoned": {"c-4"}, "survey": nil,
	} {
		var ids []string
		for _, l := range list("?state=" + state) {
			if ids = append(ids, l.ID); state != "" {
				require.Equal(t, state, l.State)
			}
			require.Equal(t, l.ID == "c-5", l.Active)
		}
		require.ElementsMatch(t, want, ids, state)
	}
	require.Len(t, list("?state=closed&limit=2"), 2, "older executions are not counted")
}
