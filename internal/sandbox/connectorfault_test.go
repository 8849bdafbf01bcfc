package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

func TestFaultsOfTheConnectorAPI(t *testing.T) {
	seconds, all := 2, startChannel(t)
	for name, one := range map[string]struct {
		kind         sandbox.Kind
		status, code int
	}{
		"token expired": {sandbox.Unauthorized, 401, 40102},
		"throttled":     {sandbox.TooManyRequests, 429, 42900},
		"broken":        {sandbox.ServerError, 500, 50000},
		"gateway":       {sandbox.BadGateway, 502, 50201},
		"unavailable":   {sandbox.Unavailable, 503, 50300},
		"closed":        {sandbox.Closed, 400, 40000},
	} {
		t.Run(name, func(t *testing.T) {
			c := all.in(t)
			id := c.open()
			require.NoError(t, c.SetFaults(sandbox.Fault{Path: strings.TrimSuffix(sendPath, "?v=3"), Kind: one.kind, RetryAfter: &seconds}))
			status, answer := c.call("POST", sendPath, publishBody(id, id, text("hello"), ""))
			require.Equal(t, one.status, status)
			require.EqualValues(t, one.code, at[float64](t, answer, "body", "errorCode"))
			require.Equal(t, ".ReqBody$ErrorResp", at[string](t, answer, "type"))
			require.Empty(t, c.record(id).Events)
			require.Equal(t, 0, c.publish(id, id, text("hello"), ""), "the next goes well")
		})
	}
}

func TestAnAnswerIsLostAfterTheRequestWasDone(t *testing.T) {
	for _, kind := range []sandbox.Kind{sandbox.LostAnswer, sandbox.CutBody} {
		t.Run(string(kind), func(t *testing.T) {
			c := startChannel(t)
			id := c.open()
			require.NoError(t, c.SetFaults(sandbox.Fault{Path: strings.TrimSuffix(sendPath, "?v=3"), Kind: kind}))
			req, err := http.NewRequest(http.MethodPost, c.URL+sendPath, strings.NewReader(publishBody(id, id, text("hello"), "")))
			require.NoError(t, err)
			req.Header = http.Header{"Authorization": {c.app}, "X-Lp-On-Behalf": {c.consumer}, "Content-Type": {"application/json"}}
			res, err := c.Client.Do(req)
			if err == nil {
				buffer := make([]byte, 1<<10)
				for err == nil {
					_, err = res.Body.Read(buffer)
				}
				require.NotErrorIs(t, err, http.ErrBodyReadAfterClose)
				require.NotEqual(t, "EOF", err.Error(), "the body ends early")
			}
			require.Error(t, err)
			require.Len(t, c.record(id).Events, 1)
			require.Equal(t, 1, c.publish(id, id, text("hello"), ""))
		})
	}
}

func TestALostOpeningOpensAConversation(t *testing.T) {
	c := startChannel(t)
	before := c.open()
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: strings.TrimSuffix(conversationPath, "?v=3"), Exact: true, Kind: sandbox.LostAnswer}))
	c.publish(before, before, text("of another path, which begins the same"), "")
	req, err := http.NewRequest(http.MethodPost, c.URL+conversationPath, strings.NewReader(`[{"kind":"req","id":"1","type":"userprofile.SetUserProfile","body":{}},
		{"kind":"req","id":"2","type":"cm.ConsumerRequestConversation","body":{"brandId":"`+sandboxtest.AccountID+`"}}]`))
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {c.app}, "X-Lp-On-Behalf": {c.consumer}}
	_, err = c.Client.Do(req)
	require.Error(t, err)
	require.Len(t, c.Live().List(sandboxtest.AccountID), 2)
}
