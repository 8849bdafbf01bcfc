package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/httpapi"
	"transporter/internal/journal"
	"transporter/internal/keys"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// journals opens those of the stack, as its programs do.
func (s *stack) journals(t *testing.T) *journal.Journal {
	t.Helper()
	st, err := store.Open(t.Context(), s.Store())
	require.NoError(t, err)
	ring, err := keys.Records(s.Keys())
	require.NoError(t, err)
	return journal.New(st, seal.NewBox(ring))
}

// held writes a conversation of so many messages, which was over at a time.
func (b *brand) held(t *testing.T, j *journal.Journal, id string, messages int, over time.Time) {
	t.Helper()
	ref := contract.ConversationRef{Account: b.account, App: "app", Conversation: id}
	var entries []conversation.Entry
	for n := range messages {
		body, err := json.Marshal(map[string]any{"type": "ContentEvent", "contentType": "text/plain", "message": fmt.Sprint("message ", n)})
		require.NoError(t, err)
		entries = append(entries, conversation.Entry{Position: int64(n), At: over.UnixMilli(), Event: &conversation.Event{
			Key: conversation.NumberedKey(id, n), Kind: conversation.Content, Dialog: id, Sequence: n, From: "lee", Role: conversation.RoleAgent,
			At: over.UnixMilli(), Via: conversation.ViaWebhook, Body: body,
		}})
	}
	_, err := j.Append(t.Context(), ref, entries)
	require.NoError(t, err)
	closing := conversation.Closing{Account: b.account, App: "app", Conversation: id, Next: int64(messages)}
	require.NoError(t, j.Close(t.Context(), closing, func() time.Time { return over }))
}

// Conversations that we held are delivered as any report is: the window's, whole and once. One
// whose journal is damaged makes the run red, and names it.
func TestHeldConversationsAreDelivered(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	b, j := s.brand(t), s.journals(t)
	own, err := b.api.Sources(b.account).Create(t.Context(), httpapi.Source{Kind: "connector", Description: "Our conversations"}, apiclient.Write{})
	require.NoError(t, err)
	b.source = own.ID
	w := s.before(24*time.Hour, 6*time.Hour)
	b.held(t, j, "before", 3, w.From.Add(-time.Millisecond))
	b.held(t, j, "first", 4, w.From)
	b.held(t, j, "last", 250, w.To.Add(-time.Millisecond))
	b.held(t, j, "after", 5, w.To)

	found, err := b.api.Sources(b.account).Test(t.Context(), own.ID)
	require.NoError(t, err)
	require.True(t, found.OK, found.Problem)
	require.Equal(t, "conversations closed in the last 31 days: 4", found.Steps[0].Note)

	run := b.run(t, b.task(t, spec("connector.messages", "csv")), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	for _, d := range []string{b.cloud, b.partner} {
		require.Equal(t, map[string]int{"first": 4, "last": 250}, b.rows(t, run, d))
	}
	run = b.run(t, b.task(t, spec("connector.transcripts", "jsonl")), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	require.Equal(t, map[string]int{"first": 1, "last": 1}, b.rows(t, run, b.cloud))
	b.requireWhole(t, 2)

	batches, err := filepath.Glob(filepath.Join(s.StoreDir(), "conversations", b.account, "last", "journal", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, batches)
	require.NoError(t, os.Remove(batches[0]))
	run = b.run(t, b.task(t, spec("connector.messages", "json")), w)
	require.Equal(t, "failed", run.Outcome)
	requireClear(t, run.Error, "conversation last", "the journal ends at 0 and was written up to 250")
}
