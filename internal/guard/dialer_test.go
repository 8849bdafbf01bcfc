package guard

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// names is a Resolver over a fixed table; each look-up takes the next answer.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers, ok := n[host]
	if !ok {
		return nil, errors.New("no such host")
	}
	var addrs []netip.Addr
	for _, a := range answers {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}

func listen(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func TestDialRefuses(t *testing.T) {
	port := listen(t)
	d := New(Config{Resolver: names{
		"inside.example": {"127.0.0.1"},
		"mixed.example":  {"8.8.8.8", "10.0.0.1"},
	}})
	for name, tc := range map[string]struct{ host, says string }{
		"literal":         {"127.0.0.1", "127.0.0.1 is a loopback address"},
		"mapped literal":  {"::ffff:127.0.0.1", "is a loopback address"},
		"name":            {"inside.example", "127.0.0.1 is a loopback address"},
		"one of several":  {"mixed.example", "10.0.0.1 is a private address"},
		"metadata":        {"169.254.169.254", "is a cloud metadata address"},
		"says how to fix": {"Inside.Example.", "--allow inside.example:" + port},
	} {
		t.Run(name, func(t *testing.T) {
			d := d
			if tc.host == "Inside.Example." {
				d = New(Config{Resolver: names{tc.host: {"127.0.0.1"}}})
			}
			_, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(tc.host, port))
			require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestDialAllows(t *testing.T) {
	port := listen(t)
	resolver := names{"inside.example": {"127.0.0.1"}}
	for name, tc := range map[string]struct {
		allow, host string
		want        bool
	}{
		"address and port":         {"127.0.0.1:" + port, "127.0.0.1", true},
		"any port":                 {"127.0.0.1:*", "127.0.0.1", true},
		"name":                     {"INSIDE.example.:" + port, "inside.example", true},
		"address reached by name":  {"127.0.0.1:" + port, "inside.example", true},
		"mapped address":           {"127.0.0.1:*", "::ffff:127.0.0.1", true},
		"another port":             {"127.0.0.1:1", "127.0.0.1", false},
		"another name, same range": {"other.example:*", "inside.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := New(Config{Allow: []string{tc.allow}, Resolver: resolver})
			conn, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(tc.host, port))
			if tc.want {
				require.NoError(t, err)
				require.NoError(t, conn.Close())
				return
			}
			require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
		})
	}
}

func TestDialTriesTheNextAddress(t *testing.T) {
	port := listen(t)
	d := New(Config{Allow: []string{"two.example:*"}, Resolver: names{"two.example": {"127.0.0.2", "127.0.0.1"}}})
	conn, err := d.DialContext(t.Context(), "tcp", "two.example:"+port)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:"+port, conn.RemoteAddr().String())
	require.NoError(t, conn.Close())
}

func TestDialFailures(t *testing.T) {
	d := New(Config{Allow: []string{"127.0.0.1:*"}, Resolver: names{}})
	_, err := d.DialContext(t.Context(), "tcp", "gone.example:443")
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "resolve gone.example")

	_, err = d.DialContext(t.Context(), "tcp", "127.0.0.1:1")
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "connect to 127.0.0.1:1")

	_, err = d.DialContext(t.Context(), "udp", "8.8.8.8:53")
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}

func TestConfigNamesTheBadEntry(t *testing.T) {
	for _, entry := range []string{"", "localhost", ":80", "host:0", "host:70000", "host:http", "::1:80"} {
		t.Run(entry, func(t *testing.T) {
			c := Config{Allow: []string{"10.0.0.5:443", entry}}
			err := c.Validate()
			require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
			_, dialErr := New(c).DialContext(t.Context(), "tcp", "10.0.0.5:443")
			require.Equal(t, err.Error(), dialErr.Error())
		})
	}
	require.NoError(t, Config{Allow: []string{"10.0.0.5:443", "[::1]:*", "a.example:22"}}.Validate())
}

func TestClientKnowsNoProxy(t *testing.T) {
	require.Nil(t, New(Config{}).Client(nil).Transport.(*patient).Proxy)
}

func TestClientChecksRedirects(t *testing.T) {
	inner := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(inner.Close)
	plain := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusFound))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.RedirectHandler(inner.URL, http.StatusFound))
	t.Cleanup(secure.Close)

	only := func(s *httptest.Server) *http.Client {
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		roots := s.Client().Transport.(*http.Transport).TLSClientConfig
		c := New(Config{Allow: []string{u.Host}})
		if roots == nil {
			return c.Client(nil)
		}
		return c.Client(roots.RootCAs)
	}
	_, err := only(plain).Get(plain.URL)
	require.True(t, fault.Is(err, fault.PermissionDenied), "the redirect's own address is checked: %v", err)
	require.ErrorContains(t, err, "loopback")

	_, err = only(secure).Get(secure.URL)
	require.ErrorContains(t, err, "leaves https")

	res, err := only(inner).Get(inner.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.NoError(t, res.Body.Close())
}

func TestRootsRefusesWhatIsNoCertificate(t *testing.T) {
	_, err := Roots("not a certificate")
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	_, err = Roots("")
	require.NoError(t, err)
}
