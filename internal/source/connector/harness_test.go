package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/connector"
	"transporter/internal/staging"
	"transporter/internal/store"
)

const account = "acme"

// settle is what the source of these tests waits.
const settle = 5 * time.Minute

// nine is when conversations of these tests begin.
var nine = time.Date(2025, 11, 19, 9, 0, 0, 0, time.UTC)

// world is a store with journals in it, and a clock.
type world struct {
	*journal.Journal

	store  *store.File
	stage  *staging.Stage
	source *connector.Source
	at     time.Time
	stages int
}

func newWorld(t require.TestingT, dir string) *world {
	st, err := store.NewFile(dir)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	w := &world{Journal: journal.New(st, box), store: st, stage: staging.New(st, box), at: nine}
	w.source = connector.New(account, w.Journal, settle, w.now)
	return w
}

func (w *world) now() time.Time { return w.at }

func ref(id string) contract.ConversationRef {
	return contract.ConversationRef{Account: account, App: "app-1", Conversation: id}
}

// hold writes the entries of a conversation in a few batches, from a position on, and notes that
// it is over.
func (w *world) hold(t require.TestingT, c conversation.Closing, from int64, entries ...conversation.Entry) {
	for i := range entries {
		entries[i].Position = from + int64(i)
	}
	for batch := range slices.Chunk(entries, 3) {
		_, err := w.Append(context.Background(), ref(c.Conversation), batch)
		require.NoError(t, err)
	}
	c.Account, c.App, c.Next = account, "app-1", from+int64(len(entries))
	require.NoError(t, w.Close(context.Background(), c, w.now))
}

// pages are those of one window; asking again goes on with them.
func (w *world) pages() *staging.Pages {
	w.stages++
	return w.stage.Pages(fmt.Sprint("staged/", w.stages), nil)
}

func (w *world) query(from, to time.Time) source.Query {
	return source.Query{Resource: connector.Conversations, From: from.UnixMilli(), To: to.UnixMilli(), Now: to.Add(settle).UnixMilli()}
}

// fetch reads a window whole.
func (w *world) fetch(t require.TestingT, from, to time.Time) ([]source.Record, source.Counts) {
	pages := w.pages()
	require.NoError(t, w.source.Fetch(context.Background(), w.query(from, to), pages))
	return w.staged(t, pages)
}

func (w *world) staged(t require.TestingT, pages *staging.Pages) (records []source.Record, sum source.Counts) {
	commits, err := pages.Slices(context.Background())
	require.NoError(t, err)
	for _, c := range commits {
		sum.Total += c.Counts.Total
		sum.Fetched += c.Counts.Fetched
		sum.Kept += c.Counts.Kept
		sum.Duplicates += c.Counts.Duplicates
	}
	for r, err := range w.stage.Records(context.Background(), commits) {
		require.NoError(t, err)
		r.Raw = bytes.Clone(r.Raw)
		records = append(records, r)
	}
	require.Equal(t, sum.Total, int64(len(records)))
	require.Equal(t, sum.Total, sum.Fetched)
	require.Equal(t, sum.Kept, sum.Fetched)
	return records, sum
}

// after is a time of these tests.
func after(d time.Duration) int64 { return nine.Add(d).UnixMilli() }

// says is an entry of a text.
func says(dialog string, n int, from, role, text string, at time.Duration) conversation.Entry {
	body, _ := json.Marshal(map[string]any{"type": "ContentEvent", "message": text, "contentType": "text/plain"})
	return conversation.Entry{At: after(at) + 40, Event: &conversation.Event{
		Key: conversation.NumberedKey(dialog, n), Kind: conversation.Content, Dialog: dialog, Sequence: n, From: from, Role: role,
		At: after(at), Seen: after(at) + 30, Via: conversation.ViaWebhook, Body: body,
	}}
}

// becomes is an entry of a status of messages.
func becomes(dialog string, n int, from, role, status string, at time.Duration, of ...int) conversation.Entry {
	return conversation.Entry{At: after(at), Event: &conversation.Event{
		Key: conversation.NumberedKey(dialog, n), Kind: conversation.Status, Dialog: dialog, Sequence: n, From: from, Role: role,
		At: after(at), Via: conversation.ViaWebhook, Status: &conversation.StatusOf{Status: status, Sequences: of},
	}}
}

// states is an entry of a full statement.
func states(at time.Duration, s conversation.Snapshot) conversation.Entry {
	s.Updated = after(at)
	return conversation.Entry{At: after(at), Event: &conversation.Event{
		Key: conversation.DetailsKey(s.Updated), Kind: conversation.Details, Sequence: conversation.Unnumbered, At: s.Updated,
		Via: conversation.ViaWebhook, State: &s,
	}}
}

func texts(t testing.TB, raw []byte) (list []string) {
	t.Helper()
	var r struct {
		Messages []struct{ Text string }
	}
	require.NoError(t, json.Unmarshal(raw, &r))
	for _, m := range r.Messages {
		list = append(list, m.Text)
	}
	return list
}
