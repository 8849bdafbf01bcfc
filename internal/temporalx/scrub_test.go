package temporalx

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

func TestScrub(t *testing.T) {
	const secret = "hunter2-S3cr3t"
	for name, text := range map[string]string{
		"user info":     "dial sftp://joe:" + secret + "@host:22/x: refused",
		"query":         "GET https://h/x?access_token=" + secret + "&n=1: 500",
		"signed URL":    "PUT https://h/x?X-Amz-Credential=" + secret + "&X-Amz-Signature=" + secret,
		"OAuth header":  `Authorization: OAuth oauth_token="` + strings.Repeat("x", 3) + secret + `"`,
		"OAuth part":    `header oauth_signature=` + secret + `, next`,
		"bearer":        "sent Bearer " + secret,
		"JSON":          `{"consumerSecret":"` + secret + `","a":1}`,
		"private key":   "bad key -----BEGIN OPENSSH PRIVATE KEY-----\n" + secret + "\n-----END OPENSSH PRIVATE KEY-----",
		"cut off key":   "bad key -----BEGIN RSA PRIVATE KEY-----\n" + secret,
		"form password": "login=joe&password=" + secret,
	} {
		t.Run(name, func(t *testing.T) {
			got := Scrub(text)
			require.NotContains(t, got, secret)
			require.Contains(t, got, "***")
		})
	}
	for _, text := range []string{
		"credentials.password: is required", "token expired: renew it at https://host/path", "window 00:00–24:00 of basic report",
	} {
		require.Equal(t, text, Scrub(text), "a harmless text stays as it is")
	}
}

func TestScrubbedKeepsTheClassification(t *testing.T) {
	err := temporal.NewApplicationErrorWithOptions("GET https://u:pw-1234567@h/", "RateLimited", temporal.ApplicationErrorOptions{
		NextRetryDelay: time.Minute, Cause: errors.New("pw-1234567"),
	})
	var app *temporal.ApplicationError
	require.True(t, errors.As(scrubbed(err), &app))
	require.Equal(t, "RateLimited", app.Type())
	require.Equal(t, time.Minute, app.NextRetryDelay())
	require.NotContains(t, app.Error(), "pw-1234567")
	require.NoError(t, errors.Unwrap(app))

	clean := temporal.NewApplicationError("nothing to hide", "Upstream")
	require.Equal(t, clean, scrubbed(clean))
}
