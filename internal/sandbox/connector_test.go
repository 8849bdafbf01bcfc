package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
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

// ear is an app's endpoint: what came, and whether it was signed.
type ear struct {
	mu     sync.Mutex
	secret string
	bodies []json.RawMessage
	forged int
}

func (e *ear) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	mac := hmac.New(sha1.New, []byte(e.secret))
	mac.Write(body)
	if r.Header.Get("x-liveperson-signature") != "sha1="+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		e.forged++
	}
	e.bodies = append(e.bodies, body)
}

func (e *ear) heard() []json.RawMessage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bodies
}

// admin calls as a program that an administrator is logged in to, with the body that one known
// program sends with GET and DELETE.
type admin struct {
	t *testing.T
	*sandboxtest.Running
	bearer string
}

func (a *admin) call(method, path, body, revision string) (int, http.Header, any) {
	a.t.Helper()
	if body == "" {
		body = "[object Object]"
	}
	req, err := http.NewRequest(method, a.URL+path, strings.NewReader(body))
	require.NoError(a.t, err)
	req.Header = http.Header{
		"Authorization": {"Bearer " + a.bearer}, "Content-Type": {"application/json"}, "If-Match": {revision},
		"User-Agent": {"Connector App Hub"}, "X-HTTP-Method-Override": {method},
	}
	res, err := a.Client.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	var v any
	if len(b) > 0 {
		require.NoError(a.t, json.Unmarshal(b, &v), "%s", b)
	}
	return res.StatusCode, res.Header, v
}

// TestAProgramForThePlatformRunsUnchanged makes the calls that one published program for the real
// platform was seen to make, in its order and with its quirks, and hears what it is told.
func TestAProgramForThePlatformRunsUnchanged(t *testing.T) {
	listener := &ear{}
	endpoint := httptest.NewTLSServer(listener)
	t.Cleanup(endpoint.Close)
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: endpoint.Certificate().Raw})
	r := sandboxtest.Start(t, sandbox.Config{WebhookRoots: roots, RealNow: time.Now})
	const config = accountAPI + "/configuration/app-install/installations"

	domains := decoded(t, do(t, r, "GET", r.DomainURL+accountAPI+"/service/baseURI.json?version=1.0", "", signer{}).body)
	for _, service := range []string{"agentVep", "accountConfigReadWrite", "sentinel", "idp", "asyncMessagingEnt", "msgHist", "swift"} {
		require.Contains(t, pretty(t, domains), `"service": "`+service+`"`)
	}
	login := decoded(t, do(t, r, "POST", r.URL+accountAPI+"/login", `{"username":"`+sandboxtest.User.Name+`","password":"`+sandboxtest.User.Password+`"}`, signer{}).body)
	require.True(t, at[bool](t, login, "config", "isAdmin"))
	a := &admin{t: t, Running: r, bearer: at[string](t, login, "bearer")}
	status, _, grants := a.call("GET", accountAPI+"/configuration/provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson", "", "")
	require.Equal(t, 200, status)
	require.True(t, at[bool](t, grants, "appDataList", 0, "accountList", "accountList", 0, "itemsCollection", "data", 0, "value", "value"))

	manifest := strings.ReplaceAll(`{"client_name":"connector","description":"","grant_types":["client_credentials"],"scope":"msg.consumer","enabled":true,"logo_uri":"",
		"capabilities":{"webhooks":{"ms.MessagingEventNotification.ContentEvent":{"endpoint":"E"},"ms.MessagingEventNotification.AcceptStatusEvent":{"endpoint":"E"},
		"ms.MessagingEventNotification.ChatStateEvent":{"endpoint":"E"},"cqm.ExConversationChangeNotification":{"endpoint":"E"}}}}`, `"E"`, `"`+endpoint.URL+`/notifications/event"`)
	status, _, app := a.call("POST", config+"?v=1.0", manifest, "")
	require.Less(t, status, 300)
	id, secret := at[string](t, app, "client_id"), at[string](t, app, "client_secret")
	listener.secret = secret
	status, header, app := a.call("GET", config+"/"+id+"?v=1.0", "", "")
	require.Equal(t, 200, status)
	app.(map[string]any)["description"] = "edited"
	status, _, _ = a.call("PUT", config+"/"+id+"?v=1.0", pretty(t, app), header.Get("ac-revision"))
	require.Less(t, status, 300)

	q := url.Values{"v": {"1.0"}, "grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	token := decoded(t, do(t, r, "POST", r.URL+"/sentinel"+accountAPI+"/app/token?"+q.Encode(), "", signer{}).body)
	c := (&channel{Running: r, t: t, account: sandboxtest.AccountID, app: at[string](t, token, "access_token"), clientProperties: `{"type":".ClientProperties","features":["RICH_CONTENT"]}`}).as("0.7386")
	status, answer := c.call("POST", conversationPath, `[{"kind":"req","id":"2,","type":"userprofile.SetUserProfile","body":{"authenticatedData":{"lp_sdes":[]}}},
		{"kind":"req","id":"1,","type":"cm.ConsumerRequestConversation","body":{"channelType":"MESSAGING","brandId":"`+sandboxtest.AccountID+`","skillId":"-1","ttrDefName":null}}]`)
	require.Equal(t, 200, status)
	conversation := at[string](t, answer, 1, "body", "conversationId")
	c.publish(conversation, conversation, `{"type":"ChatStateEvent","chatState":"PAUSE"}`, "")
	require.Equal(t, 0, c.publish(conversation, conversation, text("Grüße 👋"), ""))
	c.act(conversation, live.Act{Act: "accept"}, live.Act{Act: "say", Text: "Hello"})
	path := c.upload(pixels())
	c.publish(conversation, conversation, `{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"","relativePath":"`+path+`","fileType":"PNG"}}`, "")
	status, _ = c.update(conversation, `{"field":"ConversationStateField","conversationState":"CLOSE"}`)
	require.Equal(t, 200, status)
	require.Len(t, at[[]any](t, c.history(`{"conversationId":"`+conversation+`"}`), "conversationHistoryRecords", 0, "messageStatuses"), 0)

	record := c.record(conversation)
	require.Eventually(t, func() bool { return len(listener.heard()) >= record.Told }, 2*time.Minute, 10*time.Millisecond)
	require.Zero(t, listener.forged)
	require.Len(t, listener.heard(), record.Told)
	var sequences []int
	for _, body := range listener.heard() {
		change := at[map[string]any](t, decoded(t, body), "body", "changes", 0)
		if n, ok := change["sequence"].(float64); ok {
			sequences = append(sequences, int(n))
		}
	}
	require.ElementsMatch(t, []int{0, 1, 2}, sequences)

	_, header, _ = a.call("GET", config+"/"+id+"?v=1.0", "", "")
	status, _, _ = a.call("DELETE", config+"/"+id+"?v=1.0", "", header.Get("ac-revision"))
	require.Less(t, status, 300)
	again := do(t, r, "POST", r.URL+"/sentinel"+accountAPI+"/app/token?"+q.Encode(), "", signer{})
	require.GreaterOrEqual(t, again.status, 400)
}
