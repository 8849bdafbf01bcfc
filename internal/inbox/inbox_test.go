package inbox_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

func TestTakesWhatIsOurs(t *testing.T) {
	b := newBench(t, nil)
	emoji := text("c-1", 3, "¡adiós! 👋")
	for name, d := range map[string]delivery{
		"by path":    genuine(emoji),
		"sha256":     {pathOf(accountA, appA), platformA, clientA, sha256Of(secretA, emoji), emoji, "application/json"},
		"by headers": {"/notifications/event", platformA, clientA, sha1Of(secretA, emoji), emoji, "text/plain"},
	} {
		began := time.Now().UnixMilli()
		b.signals.calls, b.signals.refs = nil, nil
		require.Equal(t, http.StatusOK, b.post(t, d).status, name)
		require.Equal(t, []contract.ConversationRef{{Account: accountA, App: appA, Conversation: "c-1"}}, b.signals.refs, name)
		got := b.signals.events()
		require.Len(t, got, 1, name)
		require.Equal(t, "c-1/3", got[0].Key, name)
		require.Equal(t, conversation.ViaWebhook, got[0].Via, name)
		require.GreaterOrEqual(t, got[0].Seen, began, name)
		require.Contains(t, string(got[0].Body), "👋", name)
	}
}

// The same installation in two accounts of ours tells both; the headers alone name two others.
func TestRootFindsEveryAppByItsHeaders(t *testing.T) {
	b := newBench(t, nil)
	b.put(t, accountB, appA, platformA, clientA, secretA)
	require.NoError(t, b.in.Refresh(t.Context()))
	body := text("c-9", 0, "hello")
	require.Equal(t, http.StatusOK, b.post(t, delivery{"/notifications/event", platformB, clientB, sha1Of(secretB, body), body, ""}).status)
	require.Equal(t, []contract.ConversationRef{{Account: accountB, App: appB, Conversation: "c-9"}}, b.signals.refs)
	require.Equal(t, http.StatusOK, b.post(t, delivery{"/notifications/event", platformA, clientA, sha1Of(secretA, body), body, ""}).status)
	require.ElementsMatch(t, []contract.ConversationRef{
		{Account: accountA, App: appA, Conversation: "c-9"}, {Account: accountB, App: appA, Conversation: "c-9"},
	}, b.signals.refs[1:])
}

func TestADeliveryOfSeveralConversations(t *testing.T) {
	b := newBench(t, nil)
	body := []byte(`{"type":"ms.MessagingEventNotification","body":{"changes":[` + strings.Join([]string{
		string(change("c-1", 0, "a")), string(change("c-2", 0, "b")), string(change("c-1", 1, "c")), `{"event":{"type":"ContentEvent"}}`,
	}, ",") + `]}}`)
	require.Equal(t, http.StatusOK, b.post(t, genuine(body)).status)
	keys := map[string][]string{}
	for i, ref := range b.signals.refs {
		for _, e := range b.signals.calls[i] {
			keys[ref.Conversation] = append(keys[ref.Conversation], e.Key)
		}
	}
	require.Equal(t, map[string][]string{"c-1": {"c-1/0", "c-1/1"}, "c-2": {"c-2/0"}}, keys)
	require.Len(t, b.kept(t), 1, "the change that names no conversation is kept with its delivery")

	var calls atomic.Int32
	b.signals.before = func(context.Context) error {
		if calls.Add(1) == 1 {
			return errors.New("no server")
		}
		return nil
	}
	require.Equal(t, http.StatusServiceUnavailable, b.post(t, genuine(body)).status, "one of two is not durable: nothing is acknowledged")
}

// kept returns the keys of deliveries that nobody could assign.
func (b *bench) kept(t *testing.T) (keys []string) {
	for info, err := range b.store.List(t.Context(), "unread/") {
		require.NoError(t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// What is signed and cannot be read would come again, with everything behind it: it is kept.
func TestWhatCannotBeReadIsKept(t *testing.T) {
	b := newBench(t, nil)
	for _, body := range []string{"", "[]", `{"type":`, strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)} {
		require.Equal(t, http.StatusOK, b.post(t, genuine([]byte(body))).status, "%.20q", body)
		require.Equal(t, http.StatusOK, b.post(t, genuine([]byte(body))).status, "%.20q", body)
	}
	require.Len(t, b.kept(t), 4)
	require.Empty(t, b.signals.calls)
}

func TestLargeBodiesLieInTheStore(t *testing.T) {
	b := newBench(t, nil)
	long := strings.Repeat("x", conversation.MaxInline)
	body := text("c-1", 0, long)
	require.Equal(t, http.StatusOK, b.post(t, genuine(body)).status)
	got := b.signals.events()
	require.Len(t, got, 1)
	require.Empty(t, got[0].Body)
	require.NotNil(t, got[0].Blob)
	stored, err := b.journal.Body(t.Context(), b.signals.refs[0], *got[0].Blob)
	require.NoError(t, err)
	require.Contains(t, string(stored), long)
	require.Empty(t, b.contains(t, []byte(long[:100])), "it must be sealed")
}

// contains returns the keys of objects with the bytes in them.
func (b *bench) contains(t *testing.T, needle []byte) (keys []string) {
	for info, err := range b.store.List(t.Context(), "") {
		require.NoError(t, err)
		r, err := b.store.Open(t.Context(), info.Key, 0)
		require.NoError(t, err)
		var raw bytes.Buffer
		_, err = raw.ReadFrom(r)
		require.NoError(t, err)
		r.Close()
		if bytes.Contains(raw.Bytes(), needle) {
			keys = append(keys, info.Key)
		}
	}
	return keys
}

func TestSecretsChange(t *testing.T) {
	b := newBench(t, nil)
	body := text("c-1", 0, "hello")
	b.put(t, accountA, appA, platformA, clientA, "another-secret-of-the-app")
	require.NoError(t, b.in.Refresh(t.Context()))
	require.Equal(t, http.StatusForbidden, b.post(t, genuine(body)).status)
	d := genuine(body)
	d.signature = sha1Of("another-secret-of-the-app", body)
	require.Equal(t, http.StatusOK, b.post(t, d).status)
	require.NoError(t, b.book.Remove(t.Context(), accountA, appA))
	require.NoError(t, b.in.Refresh(t.Context()))
	require.Equal(t, http.StatusForbidden, b.post(t, d).status)
	require.Len(t, b.signals.calls, 1)
}

// An app that another process installed is known soon after its first delivery was refused.
func TestRunLearnsOfApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { b.in.Run(ctx); close(ended) }()
		synctest.Wait() // it has read the book
		const app = "01JD40K7M5Q3ZB1A9C8E7G6J4M"
		body := text("c-1", 0, "hello")
		d := delivery{pathOf(accountA, app), platformA, "new-client", sha1Of("new-secret", body), body, "application/json"}
		began := time.Now()
		require.Equal(t, http.StatusForbidden, b.hand(t.Context(), d))
		b.put(t, accountA, app, platformA, "new-client", "new-secret")
		for b.hand(ctx, d) != http.StatusOK {
			time.Sleep(50 * time.Millisecond)
			require.Less(t, time.Since(began), 9*time.Second)
		}
		stop()
		<-ended
	})
}
