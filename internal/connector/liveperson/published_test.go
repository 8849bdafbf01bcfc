package liveperson

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/guard"
	"transporter/internal/seal"
	platform "transporter/internal/source/liveperson"
)

// others are the samples that neither webhooks nor the client have to do with, and whose tests they
// belong to. internal/sandbox accepts every sample of a request, and produces every other.
var others = map[string]string{
	"appjwt_decoded.json":                           "internal/sandbox produces it",
	"client_properties_header_pcs.json":             "internal/sandbox accepts it; we declare features alone",
	"consumer_history_content_response.json":        "internal/sandbox produces it; we ask the account's history, which tells staff's messages too",
	"create_conversation_request_minimal.json":      "internal/sandbox accepts it; we always name the channel",
	"history_search_request_demo_app.json":          "internal/sandbox accepts it; we ask for less",
	"manifest_connector.json":                       "internal/sandbox/installs and internal/connector/manifest",
	"manifest_custom_connector_full.json":           "internal/sandbox/installs and internal/connector/manifest",
	"manifest_retry_numbers.json":                   "internal/sandbox/installs and internal/connector/manifest",
	"manifest_retry_retention_time.json":            "internal/sandbox/installs and internal/connector/manifest",
	"manifest_retry_retention_time_except_one.json": "internal/sandbox/installs and internal/connector/manifest",
	"webhook_signature_test_vectors.json":           "internal/webhook: byte for byte",
}

// Every published sample is told by a webhook, answered to the client, sent by it, or another's.
func TestEverySampleHasItsTest(t *testing.T) {
	entries, err := os.ReadDir(publishedSamples)
	if err != nil {
		t.Skip("the published samples are not here")
	}
	for _, e := range entries {
		roles := 0
		for _, there := range []bool{notified[e.Name()] != nil, answered[e.Name()] != nil, requested[e.Name()].do != nil, others[e.Name()] != ""} {
			if there {
				roles++
			}
		}
		require.Equal(t, 1, roles, e.Name())
	}
	require.Len(t, entries, len(notified)+len(answered)+len(requested)+len(others), "a name of the tables that is no sample")
}

// samplesTime is when the published AppJWT was issued.
var samplesTime = time.Unix(1524642670, 0)

// onSamples is a client whose platform answers with published samples alone.
type onSamples struct {
	*Client
	source *platform.Client
	wire   *wire
	answer map[string]string // file by ending of the path
	status int               // of the send endpoint's
}

// samplesOf are the answers by the endings of the paths.
func samplesOf() map[string]string {
	return map[string]string{
		"/login": "agentvep_login_response.json", "/app/token": "appjwt_response.json", "/consumer": "consumerjws_response.json",
		"/consumer/conversation": "create_conversation_response.json", "/conversation/send": "send_response_publish_event.json",
		"/conversation/search": "history_search_response.json", "/installations": "installations_list.json",
		"/installations/one": "installation_entity.json",
	}
}

func startSamples(t *testing.T) *onSamples {
	t.Helper()
	published(t, "appjwt_response.json")
	c := &onSamples{answer: samplesOf(), status: http.StatusOK}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for ending, file := range c.answer {
			if strings.HasSuffix(r.URL.Path, ending) {
				w.Header().Set(revisionHeader, "7")
				if c.status != http.StatusOK && ending == "/conversation/send" {
					w.WriteHeader(c.status)
				}
				_, _ = w.Write(published(t, file))
				return
			}
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") { // the file storage
			w.WriteHeader(http.StatusCreated)
			return
		}
		_, _ = w.Write([]byte(`{"baseURI":"` + r.Host + `"}`)) // the Domain API
	}))
	t.Cleanup(s.Close)
	guarded := guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs)
	c.wire = &wire{under: guarded.Transport}
	clk := &clock{at: samplesTime}
	var err error
	c.source, err = platform.New(platform.Config{
		PlatformAccount: account, DomainURL: s.URL, HTTP: &http.Client{Transport: c.wire}, Now: clk.now, Sleep: clk.sleep,
		Credentials: platform.Credentials{Login: &platform.Login{Username: "name", Password: "password"}},
	})
	require.NoError(t, err)
	c.Client, err = New(Config{
		PlatformAccount: account, ClientID: "client", Secret: seal.Secret("secret-0001"), Account: c.source,
		HTTP: &http.Client{Transport: c.wire}, Now: clk.now, Sleep: clk.sleep,
	})
	require.NoError(t, err)
	return c
}
