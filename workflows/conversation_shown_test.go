package workflows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"transporter/internal/contract"
	"transporter/internal/temporalx/temporaltest"
)

// What an operator reads in the Temporal UI is as the conversation stands, down to the last line.
func TestConversationIsShownAsItStandsOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	k := talkingOnServer(t, temporaltest.Options{})
	k.signal(ctx, contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", At: time.Now()})
	for n, says := range []string{"1 message, 1 line in the journal\n- relayed: 1 of 1 line\n", "2 messages, 2 lines in the journal\n- relayed: 2 of 2 lines\n"} {
		k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: texts(n, n+1)})
		var shown sdkpb.WorkflowMetadata
		require.Eventually(t, func() bool {
			v, err := k.client.QueryWorkflow(ctx, contract.ConversationID(talkRef.Account, talkRef.Conversation), "", "__temporal_workflow_metadata")
			return err == nil && v.Get(&shown) == nil && strings.Contains(shown.GetCurrentDetails(), says)
		}, 2*time.Minute, 50*time.Millisecond, says)
	}
}
