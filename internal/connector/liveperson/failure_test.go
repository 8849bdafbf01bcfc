package liveperson

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/fault"
	"transporter/internal/guard"
)

// failing lets the send endpoint be one that answers so. The tokens are the sandbox's.
func (c *cloud) failing(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	bad := httptest.NewUnstartedServer(answer)
	bad.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that the test breaks
	bad.StartTLS()
	t.Cleanup(bad.Close)
	c.trust(bad)
	c.account.hosts = map[string]string{serviceSend: strings.TrimPrefix(bad.URL, "https://")}
}

// trust takes the certificate of another server too: test servers share theirs.
func (c *cloud) trust(s *httptest.Server) {
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c.wire.under = guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(roots).Transport
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"kind":"resp","code":500,"body":{"title":"It is","details":"so","errorCode":50201}}`)
	}
}

// Whoever repeats a request has to know whether it may have taken effect.
func TestWhichFailuresMayHaveTakenEffect(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	}
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		kind      fault.Kind
		ambiguous bool
	}{
		"bad request":            {status(400), fault.InvalidSpec, false},
		"no such version":        {status(404), fault.NotFound, false},
		"not allowed":            {status(403), fault.PermissionDenied, false},
		"throttled":              {status(429), fault.RateLimited, false},
		"a redirect":             {status(302, "Location", "https://example.com/"), fault.Upstream, false},
		"server error":           {status(500), fault.Upstream, true},
		"bad gateway":            {status(502), fault.Upstream, true},
		"down for a while":       {status(503, "Retry-After", "9"), fault.RateLimited, true},
		"the connection breaks":  {cut, fault.Upstream, true},
		"an answer that is none": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, fault.Upstream, true},
		"an answer without number": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"code":"OK","body":{}}`)
		}, fault.Upstream, true},
		"an answer that breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"code":`)
		}, fault.Upstream, true},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := startCloud(t)
			at := cloud.open(t, consumer1())
			cloud.failing(t, c.answer)
			_, err := cloud.Publish(t.Context(), consumer1(), at, said("x"), nil)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.Equal(t, c.ambiguous, connector.Ambiguous(err), "%v", err)
		})
	}
}

func TestNobodyReached(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c.account.hosts = map[string]string{serviceSend: closed.Addr().String()}
	closed.Close()
	_, err = c.Publish(t.Context(), consumer1(), at, said("x"), nil)
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.False(t, connector.Ambiguous(err))
	require.Equal(t, []string{serviceSend}, c.account.forgotten, "the next attempt asks where the service is")
}

func TestNoAnswerInTime(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	came, done := make(chan struct{}), make(chan struct{})
	defer close(done)
	c.failing(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		close(came)
		<-done
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-came; cancel() }()
	_, err := c.Publish(ctx, consumer1(), at, said("x"), nil)
	require.True(t, connector.Ambiguous(err), "%v", err)
}

// After a 429 the account is left alone as long as the platform asks, by everybody.
func TestTheAccountIsLeftAlone(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	calls := 0
	c.failing(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			status(429, "Retry-After", "7")(w, nil)
			return
		}
		_, _ = io.WriteString(w, `{"reqId":"1","code":"OK","body":{"sequence":4}}`)
	})
	for range 2 {
		_, err := c.Publish(t.Context(), consumer1(), at, said("x"), nil)
		f := &fault.Error{}
		require.ErrorAs(t, err, &f)
		require.Equal(t, fault.RateLimited, f.Kind)
		require.Equal(t, 7*time.Second, f.RetryAfter)
	}
	require.Equal(t, 1, calls, "the second was held back")
	c.add(7 * time.Second)
	n, err := c.Publish(t.Context(), consumer1(), at, said("x"), nil)
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

// Bursts are smoothed: of many requests at once some wait.
func TestBurstsAreSmoothed(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	c.failing(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"code":200,"body":{"sequence":1}}`)
	})
	from := c.now()
	for range 3 * perSecond {
		_, err := c.Publish(t.Context(), consumer1(), at, said("x"), nil)
		require.NoError(t, err)
	}
	require.Greater(t, c.now().Sub(from), 2*time.Second)
}

// A platform that repeats all that it was sent finds none of it in our errors.
func TestErrorsShowNoSecret(t *testing.T) {
	c := startCloud(t)
	at := c.open(t, consumer1())
	for _, code := range []int{400, 401, 403, 429, 500} {
		c.failing(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"body":{"title":%q,"details":%q}}`, r.Header.Get("Authorization"), r.Header.Get("X-LP-ON-BEHALF")+app.Secret)
		})
		_, err := c.Publish(t.Context(), consumer1(), at, said("x"), nil)
		require.Error(t, err)
		require.Contains(t, err.Error(), "***")
		for _, secret := range []string{app.Secret, c.shared.consumers.find(c.consumerKey("channel-1")).value.Reveal(), "eyJ"} {
			require.NotContains(t, err.Error(), secret, "status %d", code)
		}
		c.add(time.Minute)
	}
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c.Client, c.Client, c.Client), app.Secret)
}
