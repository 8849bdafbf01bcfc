package inbox_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/inbox"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/webhook"
)

// Two accounts of ours with an app each.
const (
	accountA, appA, platformA, clientA, secretA = "01JD3Z9QK8V6C3N5T7W9Y1B3D5", "01JD40K7M5Q3ZB1A9C8E7G6J4K", "12345678", "c5ab28f6-9b10-4d9b-8a07-8e5e2fd2c1f1", "0123456789abcdefghijklmnop"
	accountB, appB, platformB, clientB, secretB = "01JD3Z9QK8V6C3N5T7W9Y1B3D6", "01JD40K7M5Q3ZB1A9C8E7G6J4L", "87654321", "0b0b28f6-9b10-4d9b-8a07-8e5e2fd2c1f2", "abcdefghijklmnopqrstuvwxy0"
)

// signals is the port to Temporal: it notes what is delivered, after what the test asks for.
type signals struct {
	mu     sync.Mutex
	calls  [][]conversation.Event
	refs   []contract.ConversationRef
	before func(ctx context.Context) error
}

func (s *signals) Deliver(ctx context.Context, ref contract.ConversationRef, events []conversation.Event) error {
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.refs = append(s.calls, events), append(s.refs, ref)
	return nil
}

func (s *signals) events() (all []conversation.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		all = append(all, c...)
	}
	return all
}

// bench is an inbox over a real store, behind a real server.
type bench struct {
	in      *inbox.Inbox
	server  *httptest.Server
	signals *signals
	book    *appbook.Book
	journal *journal.Journal
	store   store.Store
	key     *seal.PrivateKey
	counted *prometheus.Registry
}

func newBench(t testing.TB, before func(context.Context) error) *bench {
	t.Helper()
	b := newInbox(t, before)
	b.server = httptest.NewServer(b.in)
	t.Cleanup(b.server.Close)
	return b
}

// newInbox is a bench without a server, for what tells of time: it has a clock of its own.
func newInbox(t testing.TB, before func(context.Context) error) *bench {
	t.Helper()
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	b := &bench{
		signals: &signals{before: before}, store: st, key: key, counted: prometheus.NewRegistry(),
		book: appbook.New(st, seal.NewBox(ring)), journal: journal.New(st, seal.NewBox(ring)),
	}
	b.put(t, accountA, appA, platformA, clientA, secretA)
	b.put(t, accountB, appB, platformB, clientB, secretB)
	b.in = inbox.New(inbox.Config{
		Book: b.book, Bodies: b.journal, Signals: b.signals, Metrics: inbox.NewMetrics(b.counted), Now: time.Now,
		Open: func(accountID string, s account.Sealed) ([]byte, error) { return seal.Open(key, accountID, s) },
		Log:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(t, b.in.Refresh(t.Context()))
	return b
}

func (b *bench) put(t testing.TB, accountID, app, platform, client, secret string) {
	t.Helper()
	sealed, err := seal.Close(b.key.Public(), accountID, []byte(secret))
	require.NoError(t, err)
	require.NoError(t, b.book.Put(t.Context(), appbook.Entry{Account: accountID, App: app, Platform: platform, ClientID: client, Secret: sealed}))
}

// delivery is a request as a platform makes it.
type delivery struct {
	path            string
	account, client string
	signature       string
	body            []byte
	contentType     string
}

func sign(algorithm func() hash.Hash, name, secret string, body []byte) string {
	h := hmac.New(algorithm, []byte(secret))
	_, _ = h.Write(body)
	return name + "=" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func sha1Of(secret string, body []byte) string   { return sign(sha1.New, "sha1", secret, body) }
func sha256Of(secret string, body []byte) string { return sign(sha256.New, "sha256", secret, body) }

func pathOf(accountID, app string) string { return "/v1/webhooks/liveperson/" + accountID + "/" + app }

// genuine is a delivery of app A.
func genuine(body []byte) delivery {
	return delivery{path: pathOf(accountA, appA), account: platformA, client: clientA, signature: sha1Of(secretA, body), body: body, contentType: "application/json"}
}

// text is a delivery's body: a message of an agent.
func text(conversation string, sequence int, message string) []byte {
	return fmt.Appendf(nil, `{"kind":"notification","type":"ms.MessagingEventNotification","body":{"changes":[%s]}}`, change(conversation, sequence, message))
}

func change(conversation string, sequence int, message string) []byte {
	return fmt.Appendf(nil, `{"sequence":%d,"originatorId":"a.1","originatorMetadata":{"id":"a.1","role":"ASSIGNED_AGENT"},"serverTimestamp":1700000000000,`+
		`"event":{"type":"ContentEvent","message":%q,"contentType":"text/plain"},"conversationId":%q,"dialogId":%q}`, sequence, message, conversation, conversation)
}

type answer struct {
	status int
	kind   string
	body   string
}

func (b *bench) post(t testing.TB, d delivery) answer {
	t.Helper()
	a, err := b.try(t.Context(), d)
	require.NoError(t, err)
	return a
}

func (b *bench) try(ctx context.Context, d delivery) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.server.URL+d.path, bytes.NewReader(d.body))
	if err != nil {
		return answer{}, err
	}
	d.sign(req)
	res, err := b.server.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header.Get("Content-Type"), string(body)}, err
}

// hand gives the delivery to the inbox without a connection, and returns the status.
func (b *bench) hand(ctx context.Context, d delivery) int {
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, d.path, bytes.NewReader(d.body))
	d.sign(req)
	res := httptest.NewRecorder()
	b.in.ServeHTTP(res, req)
	return res.Code
}

func (d delivery) sign(req *http.Request) {
	req.Header.Set("Content-Type", d.contentType)
	req.Header.Set(webhook.HeaderAccount, d.account)
	req.Header.Set(webhook.HeaderClient, d.client)
	req.Header.Set(webhook.HeaderSignature, d.signature)
}
