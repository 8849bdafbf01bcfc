package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/relay"
	"transporter/internal/sandbox/live"
	"transporter/internal/signature"
	"transporter/internal/task"
)

const (
	callbackSecret = "callback-secret-of-the-tests"
	loginUser      = "installer"
	loginPassword  = "login-password-of-the-tests"
)

// channel is the channel's side of an app: its callback keeps what it is told.
type channel struct {
	server *httptest.Server

	mu       sync.Mutex
	told     map[string][]relay.Message // by conversation, each once, in the order in which they came first
	times    map[string]int             // by id: how often it came
	disorder []string                   // what came before what must come first
	down     bool                       // it answers 503
}

func newChannel(t *testing.T) *channel {
	c := &channel{told: map[string][]relay.Message{}, times: map[string]int{}}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.server.Close)
	return c
}

func (c *channel) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var m relay.Message
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err == nil {
		err = signedAs(r.Header.Get(signature.Header), body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if c.times[m.ID]++; c.times[m.ID] > 1 {
		return
	}
	before := c.told[m.Conversation]
	if n := len(before); n > 0 && before[n-1].Position >= m.Position {
		c.disorder = append(c.disorder, fmt.Sprintf("%s after %s", m.ID, before[n-1].ID))
	}
	c.told[m.Conversation] = append(before, m)
}

// signedAs recomputes a signature as the documentation tells a receiver to.
func signedAs(header string, body []byte) error {
	var seconds int64
	if _, err := fmt.Sscanf(header, "t=%d,", &seconds); err != nil {
		return fmt.Errorf("signature %q: %w", header, err)
	}
	if want := signature.Sign([]byte(callbackSecret), time.Unix(seconds, 0), body); header != want {
		return fmt.Errorf("signature %q, not %q", header, want)
	}
	return nil
}

// set makes the callback dead, or alive again.
func (c *channel) set(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// heard returns what the channel was told of a conversation, of some types.
func (c *channel) heard(conversation string, types ...string) (out []relay.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.told[conversation] {
		if slices.Contains(types, m.Type) {
			out = append(out, m)
		}
	}
	return out
}

// talking is a stack with an account, an app and the channel's side of it.
type talking struct {
	*stack
	channel       *channel
	account, app  string
	conversations apiclient.Conversations
}

// startTalking brings up a stack in which conversations can be held.
func startTalking(t *testing.T, o options) *talking {
	t.Helper()
	c := newChannel(t)
	o.size = 1000
	s := start(t, c.reached(o))
	a, err := s.api.Accounts().Create(t.Context(), httpapi.Account{Description: t.Name(), Zone: "Europe/Madrid"}, apiclient.Write{})
	require.NoError(t, err)
	return s.talkAs(t, a.ID, c, day)
}

// reached lets a stack's worker call the channel, and log in where apps are installed.
func (c *channel) reached(o options) options {
	o.worker = append(o.worker, "--allow", c.server.Listener.Addr().String())
	o.env = append(o.env, "TRANSPORTER_SANDBOX_LOGIN_USER="+loginUser, "TRANSPORTER_SANDBOX_LOGIN_PASSWORD="+loginPassword)
	return o
}

// talkAs installs an app for an account, whose deliveries are repeated for so long.
func (s *stack) talkAs(t *testing.T, account string, c *channel, retry task.Duration) *talking {
	t.Helper()
	body := s.sourceBody(t)
	body.Credentials = &httpapi.SourceCredentials{Login: &httpapi.SourceLogin{Username: httpapi.SecretValue(loginUser), Password: httpapi.SecretValue(loginPassword)}}
	source, err := s.api.Sources(account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	app, err := s.api.Apps(account).Create(t.Context(), httpapi.App{
		Description: "Test channel", Source: source.ID, Name: "Test channel", Retry: retry,
		Callback: &httpapi.AppCallback{URL: c.server.URL + "/agents", Secret: secret(callbackSecret)},
	}, apiclient.Write{})
	require.NoError(t, err)
	return &talking{stack: s, channel: c, account: account, app: app.ID, conversations: s.api.Conversations(account)}
}

func secret(text string) *httpapi.Secret {
	s := httpapi.SecretValue(text)
	return &s
}

// open opens a conversation with a first message.
func (s *talking) open(t *testing.T, consumer, message string, features ...string) string {
	t.Helper()
	out, err := s.conversations.Open(t.Context(), httpapi.ConversationRequest{
		App: s.app, Consumer: consumer, Message: message, Features: features,
	}, apiclient.Write{Key: "open-" + consumer})
	require.NoError(t, err)
	require.NotNil(t, out.Sequence)
	return out.ID
}

// say sends a message of the consumer.
func (s *talking) say(t *testing.T, id, key, text string) int {
	t.Helper()
	sent, err := s.conversations.Send(t.Context(), id, httpapi.MessageRequest{Text: text}, apiclient.Write{Key: key})
	require.NoError(t, err)
	require.NotNil(t, sent.Sequence)
	return *sent.Sequence
}

// act lets agents act at the sandbox.
func (s *talking) act(t *testing.T, id string, acts ...live.Act) {
	t.Helper()
	body, err := json.Marshal(acts)
	require.NoError(t, err)
	res, err := http.Post(s.DomainURL()+"/_admin/live/"+platform+"/conversations/"+id+"/acts", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, string(answer))
}

// record returns the sandbox's own record of a conversation.
func (s *talking) record(t *testing.T, id string) (r live.Record) {
	t.Helper()
	require.NoError(t, json.NewDecoder(get(t, s.DomainURL()+"/_admin/live/"+platform+"/conversations/"+id).Body).Decode(&r))
	return r
}

// entries returns a conversation's whole journal.
func (s *talking) entries(t *testing.T, id string) (all []httpapi.EntryView) {
	t.Helper()
	for from := int64(0); ; {
		piece, err := s.conversations.Entries(t.Context(), id, from)
		require.NoError(t, err)
		all = append(all, piece.Items...)
		if from = piece.Next; !piece.More {
			return all
		}
	}
}

// line is a numbered event, as both sides tell it.
type line struct {
	Dialog   string
	Sequence int
	From     string
	Event    string
}

// said returns what the platform's own record has, by dialog and number.
func said(t *testing.T, r live.Record) (lines []line) {
	t.Helper()
	for _, e := range r.Events {
		if e.Sequence != nil {
			lines = append(lines, line{e.DialogID, *e.Sequence, e.Originator.ID, canonical(t, e.Event)})
		}
	}
	slices.SortFunc(lines, byNumber)
	return lines
}

// linesOf returns what our journal has, in its order.
func linesOf(t *testing.T, entries []httpapi.EntryView) (lines []line) {
	t.Helper()
	for i, e := range entries {
		require.EqualValues(t, i, e.Position)
		require.Nil(t, e.Gap, "nothing is given up")
		if e.Sequence != nil {
			event, err := json.Marshal(e.Event)
			require.NoError(t, err)
			lines = append(lines, line{e.Dialog, *e.Sequence, e.From, canonical(t, event)})
		}
	}
	return lines
}

func byNumber(a, b line) int {
	if d := strings.Compare(a.Dialog, b.Dialog); d != 0 {
		return d
	}
	return a.Sequence - b.Sequence
}

// canonical is JSON with its members sorted.
func canonical(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(raw, &v))
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

// sameTranscript waits until our journal is the platform's record: each numbered event once, in
// order within its dialog.
func (s *talking) sameTranscript(t *testing.T, id string) {
	t.Helper()
	var want, got []line
	defer func() {
		if t.Failed() {
			t.Logf("the platform has %d, we have %d", len(want), len(got))
		}
	}()
	eventually(t, "the whole transcript of "+id, func() bool {
		want = said(t, s.record(t, id))
		got = linesOf(t, s.entries(t, id))
		return len(got) >= len(want)
	})
	last := map[string]int{}
	for _, l := range got {
		before, seen := last[l.Dialog]
		require.True(t, !seen || before < l.Sequence, "%s: %d after %d", l.Dialog, l.Sequence, before)
		last[l.Dialog] = l.Sequence
	}
	slices.SortFunc(got, byNumber)
	require.Equal(t, want, got)
}
