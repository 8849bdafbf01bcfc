package liveperson

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// directory is a domain API that gives one answer at a time.
func directory(t *testing.T, status *int, body *string) (*httptest.Server, *int) {
	t.Helper()
	calls := 0
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.URL.Path != "/api/account/12345678/service/msgHist/baseURI.json" || r.URL.RawQuery != "version=1.0" ||
			r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(*status)
		_, _ = w.Write([]byte(*body))
	}))
	t.Cleanup(s.Close)
	return s, &calls
}

func TestLookUp(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string
		kind   fault.Kind
	}{
		"one service": {200, `{"service":"msgHist","account":"12345678","baseURI":"va.msghist.example.net"}`, "va.msghist.example.net", ""},
		"list": {
			200, `{"baseURIs":[{"service":"agentVep","baseURI":"x.example.net"},{"service":"msgHist","baseURI":"h.example.net:8443"}]}`,
			"h.example.net:8443", "",
		},
		"list without it":    {200, `{"baseURIs":[{"service":"MSGHIST","baseURI":"x.example.net"}]}`, "", fault.NotFound},
		"empty":              {200, `{"service":"msgHist","baseURI":""}`, "", fault.NotFound},
		"bad account":        {400, `bad`, "", fault.NotFound},
		"invalid site":       {401, ``, "", fault.NotFound},
		"server error":       {500, `oops`, "", fault.Upstream},
		"not JSON":           {200, `<html>`, "", fault.Upstream},
		"host with a path":   {200, `{"service":"msgHist","baseURI":"evil.example.net/x?"}`, "", fault.PermissionDenied},
		"host with userinfo": {200, `{"service":"msgHist","baseURI":"a@evil.example.net"}`, "", fault.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := directory(t, &tc.status, &tc.body)
			host, err := client(t, s, newFakeTime()).host(t.Context(), "msgHist")
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			require.Equal(t, tc.want, host)
			if tc.kind == fault.NotFound {
				require.ErrorContains(t, err, "platformAccount: the platform knows no account 12345678")
			}
		})
	}
}

func TestHostIsCachedForAMinuteAndShared(t *testing.T) {
	status, body := 200, `{"service":"msgHist","baseURI":"one.example.net"}`
	s, calls := directory(t, &status, &body)
	clk, shared := newFakeTime(), &Shared{}
	share := func(c *Config) { c.Shared = shared }
	a, b := client(t, s, clk, share), client(t, s, clk, share)
	for _, c := range []*Client{a, b, a} {
		host, err := c.host(t.Context(), "msgHist")
		require.NoError(t, err)
		require.Equal(t, "one.example.net", host)
	}
	require.Equal(t, 1, *calls)

	body = `{"service":"msgHist","baseURI":"two.example.net"}`
	require.NoError(t, clk.sleep(t.Context(), domainTTL-time.Millisecond))
	host, err := a.host(t.Context(), "msgHist")
	require.NoError(t, err)
	require.Equal(t, "one.example.net", host)
	require.NoError(t, clk.sleep(t.Context(), time.Millisecond))
	host, err = b.host(t.Context(), "msgHist")
	require.NoError(t, err)
	require.Equal(t, "two.example.net", host)
	require.Equal(t, 2, *calls)

	a.forget("msgHist", "one.example.net") // an old failure does not drop a newer answer
	_, err = a.host(t.Context(), "msgHist")
	require.NoError(t, err)
	require.Equal(t, 2, *calls)
	a.forget("msgHist", "two.example.net")
	_, err = a.host(t.Context(), "msgHist")
	require.NoError(t, err)
	require.Equal(t, 3, *calls)
}
