package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
)

// connectorApp is an app that may speak for consumers.
var connectorApp = sandbox.App{ID: "connector-0001", Secret: "connector-secret-0001", Scopes: []string{"msg.consumer"}}

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// channel is a connector's side of one consumer: the sandbox, the tokens, the last answer.
type channel struct {
	*sandboxtest.Running
	t                *testing.T
	clock            *clock
	account          string
	app, consumer    string // tokens
	id               string // of the consumer
	clientProperties string
}

// otherAccount has the app too.
const otherAccount = "87654321"

const accountAPI = "/api/account/" + sandboxtest.AccountID

// startChannel starts a sandbox whose clock the test moves, and speaks for one consumer.
func startChannel(t *testing.T) *channel {
	t.Helper()
	c := &clock{now: sandboxtest.Now}
	r := sandboxtest.Start(t, sandbox.Config{
		RealNow: c.read,
		Accounts: []sandbox.Account{{
			ID: sandboxtest.AccountID, Keys: []sandbox.Key{{Key: sandboxtest.Key}}, Users: []sandbox.User{sandboxtest.User},
			Apps: []sandbox.App{connectorApp, sandboxtest.App}, Conversations: 10,
		}, {ID: otherAccount, Apps: []sandbox.App{connectorApp}, Conversations: 10}},
	})
	ch := &channel{Running: r, t: t, clock: c, account: sandboxtest.AccountID}
	ch.app = ch.appToken(connectorApp)
	return ch.as("consumer-1")
}

// in is the channel as it was started, for a test within its own.
func (c *channel) in(t *testing.T) *channel {
	other := *c
	other.t = t
	return &other
}

func (c *channel) appToken(app sandbox.App) string {
	c.t.Helper()
	return at[string](c.t, c.appAnswer(app), "access_token")
}

// elsewhere has the tokens of the same app and consumer in another account.
func (c *channel) elsewhere() *channel {
	c.t.Helper()
	other := *c
	other.account = otherAccount
	other.app, other.consumer = other.appToken(connectorApp), ""
	other.consumer = at[string](c.t, other.consumerAnswer("consumer-1"), "token")
	return &other
}

// appAnswer is what Sentinel says to the app.
func (c *channel) appAnswer(app sandbox.App) any {
	c.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ID}, "client_secret": {app.Secret}}
	res, err := c.Client.Post(c.URL+"/sentinel/api/account/"+c.account+"/app/token?v=1.0", "application/x-www-form-urlencoded",
		strings.NewReader(form.Encode()))
	require.NoError(c.t, err)
	defer res.Body.Close()
	var body any
	require.NoError(c.t, json.NewDecoder(res.Body).Decode(&body))
	return body
}

// as speaks for another consumer of the channel.
func (c *channel) as(external string) *channel {
	c.t.Helper()
	other := *c
	other.consumer = ""
	other.consumer = at[string](c.t, other.consumerAnswer(external), "token")
	claims := claimsOf(c.t, other.consumer)
	other.id = claims["lp_consumer_id"].(string)
	return &other
}

// consumerAnswer is what the identity provider says of the channel's consumer.
func (c *channel) consumerAnswer(external string) any {
	c.t.Helper()
	status, body := c.call("POST", "/api/account/"+c.account+"/consumer?v=1.0", `{"ext_consumer_id":"`+external+`"}`)
	require.Equal(c.t, 201, status, body)
	return body
}

// call returns the status and the decoded body, nil for an empty one.
func (c *channel) call(method, path, body string) (int, any) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.URL+path, strings.NewReader(body))
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{"Authorization": c.app, "X-LP-ON-BEHALF": c.consumer, "Client-Properties": c.clientProperties} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.Client.Do(req)
	require.NoError(c.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	var v any
	if len(b) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		require.NoError(c.t, json.Unmarshal(b, &v), "%s", b)
	}
	return res.StatusCode, v
}

// open opens a conversation and returns its id.
func (c *channel) open() string {
	c.t.Helper()
	status, body := c.call("POST", conversationPath, `[{"kind":"req","id":"1,","type":"userprofile.SetUserProfile","body":{}},
		{"kind":"req","id":"2,","type":"cm.ConsumerRequestConversation","body":{"brandId":"`+sandboxtest.AccountID+`"}}]`)
	require.Equal(c.t, 200, status, body)
	return at[string](c.t, body, 1, "body", "conversationId")
}

const (
	conversationPath = accountAPI + "/messaging/consumer/conversation?v=3"
	sendPath         = accountAPI + "/messaging/consumer/conversation/send?v=3"
)

// publish sends an event to the dialog of that id and returns its sequence.
func (c *channel) publish(conversation, dialog, event, metadata string) int {
	c.t.Helper()
	status, body := c.call("POST", sendPath, publishBody(conversation, dialog, event, metadata))
	require.Equal(c.t, 200, status, body)
	return int(at[float64](c.t, body, "body", "sequence"))
}

func publishBody(conversation, dialog, event, metadata string) string {
	if metadata != "" {
		metadata = `,"metadata":` + metadata
	}
	return `{"kind":"req","id":"7","type":"ms.PublishEvent","body":{"conversationId":"` + conversation + `","dialogId":"` + dialog + `","event":` + event + `}` + metadata + `}`
}

func text(s string) string {
	b, _ := json.Marshal(s)
	return `{"type":"ContentEvent","contentType":"text/plain","message":` + string(b) + `}`
}

// update changes a field of the conversation.
func (c *channel) update(conversation, field string) (int, any) {
	c.t.Helper()
	return c.call("POST", sendPath, `{"kind":"req","id":1,"type":"cm.UpdateConversationField","body":{"conversationId":"`+conversation+`","conversationField":`+field+`}}`)
}

// act lets agents act.
func (c *channel) act(conversation string, acts ...live.Act) {
	c.t.Helper()
	require.NoError(c.t, c.Live().Act(sandboxtest.AccountID, conversation, acts...))
}

// record is the sandbox's own account.
func (c *channel) record(conversation string) live.Record {
	c.t.Helper()
	r, ok := c.Live().Record(sandboxtest.AccountID, conversation)
	require.True(c.t, ok)
	return r
}

// state is the full state that was told last.
func (c *channel) state(conversation string) any {
	c.t.Helper()
	states := c.record(conversation).States
	return decoded(c.t, states[len(states)-1])
}

func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(raw, &v), "%s", raw)
	return v
}

// at walks into decoded JSON by names and indices.
func at[T any](t *testing.T, v any, path ...any) T {
	t.Helper()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			require.True(t, ok, "%v in %v", s, v)
			v = m[s]
		case int:
			l, ok := v.([]any)
			require.True(t, ok && s < len(l), "%v in %v", s, v)
			v = l[s]
		}
	}
	out, ok := v.(T)
	require.True(t, ok, "%v is %T", v, v)
	return out
}
