package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// object is decoded JSON.
type object = map[string]any

// demoApp calls what the platform's public demo app for connectors calls, as it calls it: its order
// of parameters, its headers and its mistakes. It knows the program by the plain address of the
// domain API, and trusts the authority that the program gives.
type demoApp struct {
	t      *testing.T
	plain  string // http://host:port
	client *http.Client
	hosts  map[string]string // by service
	bearer string
	tokens []string // of the app, of the consumer
}

const demoAccount = "12345678"

// junk is the body that the demo app sends with GET and DELETE calls to the configuration.
const junk = "[object Object]"

// call returns the answer decoded, which must be of the status; an empty one is nil.
func (d *demoApp) call(status int, method, target, body string, headers ...string) (any, http.Header) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, target, strings.NewReader(body))
	require.NoError(d.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.client.Do(req)
	require.NoError(d.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(d.t, err)
	require.Equal(d.t, status, res.StatusCode, "%s %s: %s", method, target, b)
	if len(b) == 0 {
		return nil, res.Header
	}
	kind := strings.ToLower(strings.ReplaceAll(res.Header.Get("Content-Type"), " ", ""))
	if !strings.HasPrefix(kind, "application/json") {
		return string(b), res.Header
	}
	require.Contains(d.t, []string{"application/json", "application/json;charset=utf-8"}, kind, "the demo app reads no other JSON")
	var v any
	require.NoError(d.t, json.Unmarshal(b, &v))
	return v, res.Header
}

// config calls the configuration with the bearer.
func (d *demoApp) config(status int, method, path, body string, headers ...string) (any, http.Header) {
	d.t.Helper()
	return d.call(status, method, "https://"+d.hosts["accountConfigReadWrite"]+"/api/account/"+demoAccount+"/configuration/"+path, body,
		append([]string{"Authorization", "Bearer " + d.bearer}, headers...)...)
}

// startDemoApp starts the program, which delivers every webhook to the inbox.
func startDemoApp(t *testing.T, i *inbox) *demoApp {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "inbox.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw}), 0o600))
	o, err := parse(t, nil, "--listen=127.0.0.1:0", "--domain-listen=127.0.0.1:0", "--state="+t.TempDir(), "--conversations=1000",
		"--webhook-host=*="+i.URL, "--webhook-ca="+ca)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var out lines
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, &out, time.Now) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "sandbox ready\n") }, 2*time.Minute, 10*time.Millisecond)
	plain := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(get(t, http.DefaultClient, plain+"/_admin/ca.pem"))))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	return &demoApp{t: t, plain: plain, client: client}
}

// logIn finds the hosts twice, as the demo app does: by http, and then from the login.
func (d *demoApp) logIn() {
	v, _ := d.call(200, "GET", d.plain+"/api/account/"+demoAccount+"/service/baseURI.json?version=1.0", "")
	first := hostsOf(v)
	for _, service := range []string{"agentVep", "accountConfigReadWrite", "sentinel", "idp", "asyncMessagingEnt", "msgHist", "swift"} {
		require.NotEmpty(d.t, first[service], service)
	}
	v, _ = d.call(200, "POST", "https://"+first["agentVep"]+"/api/account/"+demoAccount+"/login", `{"username":"reporter","password":"login-password-0001"}`,
		"Content-Type", "application/json")
	login := v.(object)
	require.Equal(d.t, true, login["config"].(object)["isAdmin"])
	require.NotEmpty(d.t, login["config"].(object)["userId"])
	require.Equal(d.t, "28800000", login["sessionTTl"])
	d.bearer, d.hosts = login["bearer"].(string), hostsOf(login["csdsCollectionResponse"])
	require.Equal(d.t, first, d.hosts)
	v, _ = d.config(200, "GET", "provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson", junk, "Accept", "application/json")
	account := v.(object)["appDataList"].([]any)[0].(object)["accountList"].(object)["accountList"].([]any)[0].(object)
	feature := account["itemsCollection"].(object)["data"].([]any)[0].(object)
	require.Equal(d.t, "Common.Async_Messaging", feature["compoundFeatureID"])
	require.Equal(d.t, true, feature["value"].(object)["value"])
}

func hostsOf(v any) map[string]string {
	hosts := map[string]string{}
	for _, entry := range v.(object)["baseURIs"].([]any) {
		if e := entry.(object); e["account"] == demoAccount {
			hosts[e["service"].(string)] = e["baseURI"].(string)
		}
	}
	return hosts
}

const (
	appsPath = "app-install/installations"
	appHub   = "Connector App Hub"
)

// installApp creates the app as its dialog does, and edits it: every type to one endpoint.
func (d *demoApp) installApp() object {
	endpoint := `{"endpoint":"https://demo.example/notifications/event","max_retries":0,"headers":[]}`
	var hooks []string
	for _, kind := range []string{"ms.MessagingEventNotification.ContentEvent", "ms.MessagingEventNotification.RichContentEvent", "ms.MessagingEventNotification.AcceptStatusEvent", "ms.MessagingEventNotification.ChatStateEvent", "cqm.ExConversationChangeNotification"} {
		hooks = append(hooks, `"`+kind+`":`+endpoint)
	}
	v, _ := d.config(200, "GET", appsPath+"?v=1.0", junk)
	require.Empty(d.t, v)
	v, _ = d.config(201, "POST", appsPath+"?v=1.0", `{"client_name":"Test--Demo--","description":"","enabled":true,"grant_types":["client_credentials"],"scope":"msg.consumer","logo_uri":"",
		"capabilities":{"webhooks":{`+strings.Join(hooks, ",")+`}}}`, "Content-Type", "application/json", "User-Agent", appHub)
	path := appsPath + "/" + v.(object)["client_id"].(string) + "?v=1.0"
	v, header := d.config(200, "GET", path, junk)
	app := v.(object)
	app["description"] = "edited"
	b, err := json.Marshal(app)
	require.NoError(d.t, err)
	d.config(200, "PUT", path, string(b), "Content-Type", "application/json", "If-Match", header.Get("ac-revision"), "X-HTTP-Method-Override", "PUT", "User-Agent", appHub)
	v, _ = d.config(200, "GET", appsPath+"?v=1.0", junk)
	require.Equal(d.t, []any{app}, v)
	return app
}

// The public demo app goes through: every call that it makes, from the first look-up to the last
// click, and every webhook it waits for arrives, signed with its secret.
func TestThePublicDemoAppGoesThrough(t *testing.T) {
	inbox := startInbox(t)
	d := startDemoApp(t, inbox)
	d.logIn()
	app := d.installApp()
	inbox.of(app)
	conversation := d.converse(app)
	admin := d.plain + "/_admin/live/" + demoAccount + "/conversations/" + conversation
	d.call(200, "POST", admin+"/acts", `[{"act":"accept"},{"act":"type"},{"act":"say","text":"how can I help?"},{"act":"mark"}]`)

	seen := inbox.changes(9)
	var said object
	for _, c := range seen {
		if e, ok := c["event"].(object); ok && e["message"] == "how can I help?" {
			said = c
		}
	}
	require.NotNil(t, said, "the agent's text")
	d.publish(conversation, `{"type":"AcceptStatusEvent","status":"READ","sequenceList":[`+number(t, said["sequence"])+`]}`)
	d.publish(conversation, `{"type":"ChatStateEvent","chatState":"ACTIVE"}`)
	d.readHistory(conversation)
	d.send(`{"kind":"req","id":"1","type":"cm.UpdateConversationField","body":{"conversationId":"` + conversation + `","conversationField":[{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"` + conversation + `","state":"CLOSE","closedCause":"Closed by consumer"}}]}}`)
	d.send(`{"kind":"req","id":"1","type":"cm.UpdateConversationField","body":{"conversationId":"` + conversation + `","conversationField":{"field":"Stage","conversationState":"CLOSE"}}}`)

	v, _ := d.call(200, "GET", admin, "")
	told := int(v.(object)["told"].(float64))
	list := inbox.changes(told)
	require.Len(t, list, told, "each once")
	last := list[told-1]["result"].(object)
	require.Equal(t, conversation, last["convId"])
	require.Equal(t, "CLOSE", last["conversationDetails"].(object)["stage"])

	d.removeApp(app)
}

// removeApp uninstalls the app, which gets no tokens any more.
func (d *demoApp) removeApp(app object) {
	path := appsPath + "/" + app["client_id"].(string) + "?v=1.0"
	_, header := d.config(200, "GET", path, junk)
	d.config(204, "DELETE", path, junk, "If-Match", header.Get("ac-revision"), "User-Agent", appHub)
	v, _ := d.config(200, "GET", appsPath+"?v=1.0", junk)
	require.Empty(d.t, v)
	d.call(401, "POST", "https://"+d.hosts["sentinel"]+"/sentinel/api/account/"+demoAccount+"/app/token?v=1.0&grant_type=client_credentials&client_id="+app["client_id"].(string)+"&client_secret="+app["client_secret"].(string), "",
		"Content-Type", "application/x-www-form-urlencoded")
}
