package liveperson

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/sandbox/issuer"
	"transporter/internal/seal"
)

func TestAConversationIsHeldForAConsumer(t *testing.T) {
	c := startCloud(t)
	who := consumer1()
	id, participant, err := c.Open(t.Context(), who, connector.Opening{
		Skill: "12", Urgency: "URGENT", Campaign: "99", Engagement: "88", Context: json.RawMessage(`{"type":"SharkContext","lang":"en-US"}`),
		Profile: json.RawMessage(`{"authenticatedData":{"lp_sdes":[{"type":"personal","personal":{"firstname":"A"}}]}}`),
	})
	require.NoError(t, err)
	require.Equal(t, issuer.ConsumerID(account, who.ID), participant)
	at := connector.Place{Conversation: id, Dialog: id}

	n, err := c.Publish(t.Context(), who, at, said("Zdravo 😀"), json.RawMessage(`[{"type":"ExternalId","id":"m-1"}]`))
	require.NoError(t, err)
	require.Equal(t, 0, n)
	n, err = c.Publish(t.Context(), who, at, json.RawMessage(`{"type":"ChatStateEvent","chatState":"COMPOSING"}`), nil)
	require.NoError(t, err)
	require.Equal(t, conversation.Unnumbered, n)
	n, err = c.Publish(t.Context(), who, at, said("again"), nil)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, c.Change(t.Context(), who, at, json.RawMessage(`{"field":"TTRField","ttrType":"URGENT","value":300}`)))
	require.NoError(t, c.Change(t.Context(), who, at, json.RawMessage(`[{"field":"ConversationStateField","conversationState":"CLOSE"}]`)))

	is := c.record(t, id)
	require.Equal(t, "CLOSE", is.State)
	require.Equal(t, "12", is.Skill)
	require.Equal(t, "URGENT", is.Opening.TTRName)
	require.Equal(t, []string{"RICH_CONTENT"}, is.Features)
	require.JSONEq(t, `{"campaignId":"99","engagementId":"88"}`, string(is.Opening.Campaign))
	require.JSONEq(t, `{"type":"SharkContext","lang":"en-US"}`, string(is.Opening.Context))
	require.Contains(t, string(is.Profile), "lp_sdes")

	_, err = c.Publish(t.Context(), who, at, said("too late"), nil)
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.False(t, connector.Ambiguous(err))
	require.ErrorContains(t, err, "closed")
}

// However many write at once, each token is asked for once.
func TestTokensAreAskedForOnce(t *testing.T) {
	c := startCloud(t)
	var wg sync.WaitGroup
	for i := range 30 {
		who := connector.Consumer{ID: string(rune('a' + i%3))}
		wg.Go(func() {
			_, _, err := c.Open(t.Context(), who, connector.Opening{})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Len(t, c.wire.to("/app/token"), 1)
	require.Len(t, c.wire.to("/consumer"), 3)

	c.add(58 * time.Minute)
	c.open(t, connector.Consumer{ID: "a"})
	require.Len(t, c.wire.to("/app/token"), 1, "it is good for an hour")
	c.add(time.Minute + time.Second)
	c.open(t, connector.Consumer{ID: "a"})
	require.Len(t, c.wire.to("/app/token"), 2, "it is renewed before its end")
	require.Len(t, c.wire.to("/consumer"), 3, "a consumer's never ends")
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	c := startCloud(t)
	who := consumer1()
	at := c.open(t, who)
	c.shared.apps.keep(c.appKey(), &token{value: "not.a.token"})
	c.shared.consumers.keep(c.consumerKey(who.ID), &token{value: "not.a.token"})
	n, err := c.Publish(t.Context(), who, at, said("x"), nil)
	require.NoError(t, err)
	require.Equal(t, 0, n)
	require.Len(t, c.wire.to("/app/token"), 2)
	require.Len(t, c.wire.to("/consumer"), 2)
	require.Len(t, c.record(t, at.Conversation).Events, 1)
}

func TestAnothersConversationIsRefused(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	_, err := c.Publish(t.Context(), connector.Consumer{ID: "channel-2"}, at, said("x"), nil)
	require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
	require.ErrorContains(t, err, "check that the conversation is this consumer's")
	require.Len(t, c.wire.to("/send"), 2, "once more with a new token, no oftener")
	require.False(t, connector.Ambiguous(err))
}

func TestAWrongSecretIsSaidSo(t *testing.T) {
	c := startCloud(t)
	c.config.Secret = seal.Secret("another-secret-0002")
	_, _, err := c.Open(t.Context(), consumer1(), connector.Opening{})
	require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
	require.ErrorContains(t, err, "its secret is the one that we have")
	require.NotContains(t, err.Error(), "another-secret")
	require.Len(t, c.wire.all, 1)
}
