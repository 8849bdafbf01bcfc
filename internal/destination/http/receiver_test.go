package httpput

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/guard"
	"transporter/internal/receivertest"
	"transporter/internal/seal"
)

// receiver is one that this package's destinations send to.
type receiver struct{ *receivertest.Receiver }

func serve(t *testing.T) receiver {
	t.Helper()
	return receiver{receivertest.Start(t)}
}

// settings are those of a receiver that wants everything.
func (r receiver) settings() destination.Settings {
	return destination.Settings{
		Fields: map[string]string{
			"url": r.Server.URL + "/incoming/{name}", "method": http.MethodPut, "auth": authBearer, "manifest": "true",
		},
		Secrets: map[string]destination.Secret{"token": seal.Secret(receivertest.Token), "signingKey": seal.Secret(receivertest.SigningKey)},
	}
}

// open returns a destination with the receiver's settings, changed; allow are addresses that
// may be dialled besides its own.
func (r receiver) open(t *testing.T, change func(destination.Settings), allow ...string) destination.Destination {
	t.Helper()
	s := r.settings()
	if change != nil {
		change(s)
	}
	d, err := Open(s, outbound(append(allow, r.Server.Listener.Addr().String())...))
	require.NoError(t, err)
	return d
}

func outbound(allow ...string) destination.Outbound {
	dialer := guard.New(guard.Config{Allow: allow})
	return destination.Outbound{
		Dial: dialer.DialContext, Now: time.Now,
		HTTP: func(pem string) (*http.Client, error) {
			roots, err := guard.Roots(pem)
			return dialer.Client(roots), err
		},
	}
}
