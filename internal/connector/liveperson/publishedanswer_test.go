package liveperson

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/fault"
	platform "transporter/internal/source/liveperson"
)

// answered are the published answers, and what the client reads of them. The values were read off
// the samples.
var answered = map[string]func(t *testing.T, c *onSamples){
	"domain_api_response.json": func(t *testing.T, _ *onSamples) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(published(t, "domain_api_response.json")) }))
		defer s.Close()
		at, err := platform.New(platform.Config{PlatformAccount: "EXAMPLE123", DomainURL: s.URL, HTTP: s.Client(), Credentials: platform.Credentials{
			Login: &platform.Login{Username: "name", Password: "password"},
		}})
		require.NoError(t, err)
		host, err := at.Host(t.Context(), "visitorFeed")
		require.NoError(t, err)
		require.Equal(t, "lo.v-feed.liveperson.net", host)
	},
	"agentvep_login_response.json": func(t *testing.T, c *onSamples) {
		_, err := NewInstallations(c.source).List(t.Context())
		require.NoError(t, err)
		require.Equal(t, "Bearer 9cf6ee24b6a1031e202f292a0ad20c8f52bfd9f01abc8b9489365995052c6603", c.wire.to("/installations")[0].header.Get("Authorization"))
	},
	"appjwt_response.json": func(t *testing.T, c *onSamples) {
		app, err := c.appToken(t.Context())
		require.NoError(t, err)
		require.Equal(t, samplesTime.Add(time.Hour), app.until)
	},
	"consumerjws_response.json": func(t *testing.T, c *onSamples) {
		consumer, err := c.consumerToken(t.Context(), "x")
		require.NoError(t, err)
		require.Equal(t, "29caf0c11486996d9387e3a44ec34229d127304db4966d7752716bceb538fa24", consumer.participant)
		require.True(t, consumer.until.IsZero())
	},
	"consumerjws_decoded.json": func(t *testing.T, c *onSamples) {
		consumer, err := c.consumerToken(t.Context(), "x")
		require.NoError(t, err)
		require.Contains(t, string(published(t, "consumerjws_decoded.json")), `"lp_consumer_id": "`+consumer.participant+`"`)
	},
	"create_conversation_response.json": func(t *testing.T, c *onSamples) {
		id, _, err := c.Open(t.Context(), consumer1(), connector.Opening{})
		require.NoError(t, err)
		require.Equal(t, "8602832d-dce1-446b-8445-0d51f5926a42", id)
	},
	"send_response_publish_event.json": func(t *testing.T, c *onSamples) {
		n, err := c.Publish(t.Context(), consumer1(), connector.Place{}, said("x"), nil)
		require.NoError(t, err)
		require.Zero(t, n)
	},
	"send_generate_upload_url_response.json": func(t *testing.T, c *onSamples) {
		c.answer["/conversation/send"] = "send_generate_upload_url_response.json"
		path, err := c.Upload(t.Context(), consumer1(), "PNG", 3, strings.NewReader("abc"))
		require.NoError(t, err)
		require.Regexp(t, `^/v1/AUTH_async-images/`, path)
		require.Contains(t, string(published(t, "send_generate_upload_url_response.json")), `"`+path+`"`)
		require.Equal(t, "abc", string(c.wire.to(path)[0].body))
	},
	"send_generate_download_url_response.json": func(t *testing.T, c *onSamples) {
		c.answer["/conversation/send"] = "send_generate_download_url_response.json"
		body, err := c.Download(t.Context(), consumer1(), "/x")
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Regexp(t, `^/v1/AUTH_async-images/`, c.wire.all[len(c.wire.all)-1].path)
	},
	"error_401_appjwt_missing.json": func(t *testing.T, c *onSamples) {
		c.answer["/conversation/send"], c.status = "error_401_appjwt_missing.json", http.StatusUnauthorized
		_, err := c.Publish(t.Context(), consumer1(), connector.Place{}, said("x"), nil)
		require.True(t, fault.Is(err, fault.AuthFailed))
		require.ErrorContains(t, err, "AppJWT is missing AUTHORIZATION header is not present")
		require.Len(t, c.wire.to("/app/token"), 2, "a new one is tried once")
		require.False(t, connector.Ambiguous(err))
	},
	"error_502_unified.json": func(t *testing.T, c *onSamples) {
		c.answer["/conversation/send"], c.status = "error_502_unified.json", http.StatusBadGateway
		_, err := c.Publish(t.Context(), consumer1(), connector.Place{}, said("x"), nil)
		require.True(t, fault.Is(err, fault.Upstream))
		require.ErrorContains(t, err, "Failed to connect to AC for setting delay")
		require.True(t, connector.Ambiguous(err))
	},
	"installation_entity.json": func(t *testing.T, c *onSamples) {
		one, err := NewInstallations(c.source).Get(t.Context(), "one")
		require.NoError(t, err)
		require.Equal(t, "7", one.Revision)
		require.NotEmpty(t, one.ClientID)
		require.NotEmpty(t, one.Secret.Reveal())
		written, err := manifestOf(one)
		require.NoError(t, err)
		require.JSONEq(t, string(published(t, "installation_entity.json")), string(written), "it is written back whole")
	},
	"installations_list.json": func(t *testing.T, c *onSamples) {
		all, err := NewInstallations(c.source).List(t.Context())
		require.NoError(t, err)
		require.Greater(t, len(all), 1)
		require.Equal(t, "App 1", all[0].Name)
		for _, one := range all {
			require.NotEmpty(t, one.ClientID)
			require.NotContains(t, string(one.Manifest), `"client_secret"`)
		}
	},
	"history_search_response.json": func(t *testing.T, c *onSamples) {
		all, err := c.History(t.Context(), consumer1(), "e5c58e49-e4a5-40a8-8a18-d6580d1d5630")
		require.NoError(t, err)
		require.Len(t, all, 6, "TestThePublishedHistory looks at each")
	},
}

func TestPublishedAnswers(t *testing.T) {
	for name, read := range answered {
		t.Run(name, func(t *testing.T) { read(t, startSamples(t)) })
	}
}
