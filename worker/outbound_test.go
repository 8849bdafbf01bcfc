package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination/kind"
	"transporter/internal/fault"
)

// eachWay runs the test for every kind of connection, with a door and what goes outside.
func eachWay(t *testing.T, run func(t *testing.T, by way, w *outside, d *door)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, ways[name], goOutside(t), openDoor(t))
		})
	}
}

func TestEveryKindOfDestinationIsTriedOutbound(t *testing.T) {
	opensNone := map[string]bool{"store": true} // the operator's own
	byMail := map[string]bool{"email": true}    // goes through the deployment's mail server
	for _, name := range kind.Names() {
		require.True(t, opensNone[name] || byMail[name] || ways[name].try != nil, name)
	}
}

// No hostile target reaches this machine through any kind of connection, and each is refused
// with the rule that it breaks.
func TestOutboundRefusesHostileTargets(t *testing.T) {
	require.GreaterOrEqual(t, len(hostile), 60)
	eachWay(t, func(t *testing.T, by way, w *outside, d *door) {
		for _, x := range hostile {
			requireRefused(t, x, by, by.try(t, w, x, d.port))
			require.Zero(t, d.knocks(t), "%q reached this machine", x.host)
		}
	})
}

// requireRefused wants to be told the host or its field, and the rule.
func requireRefused(t *testing.T, x target, by way, err error) {
	t.Helper()
	require.Error(t, err, "%q", x.host)
	text := err.Error()
	if strings.Contains(text, "the store gave no address") || strings.Contains(text, "which is no host name") {
		return // of what a server answered, and may answer otherwise when it is asked again
	}
	require.False(t, fault.KindOf(err).Retryable(), "%q: %v", x.host, err)
	if strings.Contains(x.says, "address") && x.link == "" {
		require.Contains(t, text, "connect to ")
		require.Contains(t, text, x.says)
		return
	}
	byField := strings.HasPrefix(text, by.field+": ")
	byHost := strings.Contains(text, "connect to ") && strings.Contains(text, "is refused")
	require.True(t, byField || byHost, "%q: %v", x.host, err)
}

// A name that is public when it is asked for first and this machine a moment later is dialled
// at the address that was checked.
func TestOutboundRefusesRebinding(t *testing.T) {
	eachWay(t, func(t *testing.T, by way, w *outside, d *door) {
		first := *w
		var cancel context.CancelFunc
		first.ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.Error(t, by.try(t, &first, rebinding, d.port))
		requireRefused(t, rebinding, by, by.try(t, w, rebinding, d.port))
		require.Zero(t, d.knocks(t))
	})
}

// A place that may be reached may not send us on to one that may not.
func TestOutboundFollowsNoRedirect(t *testing.T) {
	eachWay(t, func(t *testing.T, by way, w *outside, d *door) {
		if !by.web {
			t.Skip("it knows no redirects")
		}
		for _, status := range []int{301, 302, 303, 307, 308} {
			ctx, once := untilServed(t)
			from := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				http.Redirect(out, r, "http://127.0.0.1:"+d.port+"/", status)
				once()
			}))
			t.Cleanup(from.Close)
			u, err := url.Parse(from.URL)
			require.NoError(t, err)
			w := w.allow(t, from)
			w.ctx = ctx
			require.Error(t, by.try(t, w, target{host: u.Hostname()}, u.Port()), status)
			require.Eventually(t, func() bool { return ctx.Err() != nil }, time.Minute, time.Millisecond, "it was asked")
			require.Zero(t, d.knocks(t), status)
		}
	})
}

// untilServed returns a context that ends soon after once is called, for what would try again.
func untilServed(t *testing.T) (ctx context.Context, once func()) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, func() { time.AfterFunc(50*time.Millisecond, cancel) }
}

// What is allowed is reached, by every kind of connection.
func TestOutboundReachesWhatIsAllowed(t *testing.T) {
	eachWay(t, func(t *testing.T, by way, _ *outside, d *door) {
		for host, allow := range map[string]string{"127.0.0.1": "127.0.0.1:" + d.port, "inside.test": "INSIDE.test.:*"} {
			w := goOutside(t, allow)
			ctx, once := untilServed(t)
			w.ctx = ctx
			d.onOpen(once)
			require.Error(t, by.try(t, w, target{host: host}, d.port), "the door says nothing")
			require.Positive(t, d.knocks(t), "--allow %s", allow)
		}
	})
}

// All of this holds where the environment names a proxy: nothing goes through it.
func TestOutboundIgnoresProxies(t *testing.T) {
	d := openDoor(t)
	proxy := "http://127.0.0.1:" + d.port
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOutbound(Refuses|Follows|Reaches)")
	again.Env = os.Environ()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		again.Env = append(again.Env, name+"="+proxy, strings.ToLower(name)+"="+proxy)
	}
	again.Env = append(again.Env, "NO_PROXY=", "no_proxy=")
	out, err := again.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PASS")
	require.Zero(t, d.knocks(t), "somebody came to the proxy")
}

// Whoever knows the worker's own role at a cloud is asked through the guard too.
func TestOutboundAsksForRolesThroughTheGuard(t *testing.T) {
	for name, c := range map[string]struct {
		kind, variable, scheme string
		fields                 map[string]string
	}{
		"AWS container": {"s3", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://", map[string]string{"bucket": "b", "region": "eu-central-1"}},
		"AWS instance":  {"s3", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://", map[string]string{"bucket": "b", "region": "eu-central-1"}},
		"Google":        {"gcs", "GCE_METADATA_HOST", "", map[string]string{"bucket": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t)
			t.Setenv("AWS_CA_BUNDLE", "")
			t.Setenv(c.variable, c.scheme+"127.0.0.1:"+d.port)
			err := goOutside(t).deliver(t, c.kind, c.fields, "")
			require.ErrorContains(t, err, loopback)
			require.Zero(t, d.knocks(t))
			w := goOutside(t, "127.0.0.1:"+d.port)
			ctx, once := untilServed(t)
			w.ctx = ctx
			d.onOpen(once)
			require.Error(t, w.deliver(t, c.kind, c.fields, ""))
			require.Positive(t, d.knocks(t))
		})
	}
}
