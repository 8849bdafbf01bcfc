package liveperson

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source/access"
)

func TestNewNamesWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		field  string
	}{
		"no account":       {func(c *Config) { c.PlatformAccount = "" }, "platformAccount"},
		"account as URL":   {func(c *Config) { c.PlatformAccount = "12/../34" }, "platformAccount"},
		"no app key":       {func(c *Config) { c.Credentials.OAuth1.ConsumerKey = "" }, "credentials.oauth1.consumerKey"},
		"no token secret":  {func(c *Config) { c.Credentials.OAuth1.TokenSecret = "" }, "credentials.oauth1.tokenSecret"},
		"domain no URL":    {func(c *Config) { c.DomainURL = "api.example.net" }, "domain"},
		"domain with user": {func(c *Config) { c.DomainURL = "https://a:b@api.example.net" }, "domain"},
		"domain by ftp":    {func(c *Config) { c.DomainURL = "ftp://api.example.net" }, "domain"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{PlatformAccount: "12345678", Credentials: testCredentials(), HTTP: http.DefaultClient}
			_, err := New(c)
			require.NoError(t, err)
			tc.change(&c)
			_, err = New(c)
			require.Equal(t, fault.InvalidSpec, fault.KindOf(err), "%v", err)
			require.True(t, strings.HasPrefix(err.Error(), tc.field+": "), "%v", err)
		})
	}
}

func TestParseCredentials(t *testing.T) {
	c, err := ParseCredentials([]byte(`{"consumerKey":"app-key-0001","consumerSecret":"app-secret-0001",` +
		`"token":"access-token-0001","tokenSecret":"token-secret-0001"}`))
	require.NoError(t, err)
	require.Equal(t, testCredentials(), c, "of the time of one kind")
	for given, kinds := range map[string][]string{
		`{"oauth1":{"consumerKey":"a","consumerSecret":"b","token":"c","tokenSecret":"d"}}`:              {access.OAuth1},
		`{"login":{"username":"a","password":"b"}}`:                                                      {access.Login},
		`{"login":{"username":"a","appKey":"b","secret":"c","accessToken":"d","accessTokenSecret":"e"}}`: {access.Login},
		`{"oauth2":{"clientId":"a","clientSecret":"b"},"login":{"username":"a","password":"b"}}`:         {access.Login, access.OAuth2},
	} {
		c, err := ParseCredentials([]byte(given))
		require.NoError(t, err, given)
		require.Equal(t, kinds, c.kinds())
	}
	for _, bad := range []string{
		``, `[]`, `{}`, `{"consumerKey":17,"token":"canary"}`, `{"consumerKey":"canary"}`,
		`{"login":{"username":"canary"}}`, `{"login":{"password":"canary"}}`, `{"oauth2":{"clientId":"canary"}}`,
	} {
		_, err := ParseCredentials([]byte(bad))
		require.Equal(t, fault.InvalidSpec, fault.KindOf(err), bad)
		require.NotContains(t, err.Error(), "canary")
	}
}

func TestNothingPrintsCredentials(t *testing.T) {
	c, err := New(Config{PlatformAccount: "12345678", Credentials: testCredentials(), HTTP: http.DefaultClient})
	require.NoError(t, err)
	asJSON, err := json.Marshal(c.config.Credentials)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "client", c, "credentials", c.config.Credentials)
	printed := fmt.Sprintf("%v %+v %#v %s %v %#v", c, c, c, c, c.config.Credentials, c.config.Credentials) + string(asJSON) + log.String()
	for _, secret := range c.config.Credentials.values() {
		require.NotContains(t, printed, secret)
	}
	require.Contains(t, printed, "LivePerson account 12345678")
}
