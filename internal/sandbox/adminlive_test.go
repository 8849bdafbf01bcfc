package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/sandboxtest"
)

func TestAgentsActOverTheAdminsSide(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	admin := c.DomainURL + "/_admin/live/"
	one := admin + sandboxtest.AccountID + "/conversations/" + id
	a := do(t, c.Running, "POST", one+"/acts", `[{"act":"accept"},{"act":"say","text":"Hello"}]`, signer{})
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Equal(t, "Hello", at[string](t, decoded(t, a.body), "events", 0, "event", "message"))
	require.EqualValues(t, 0, at[float64](t, decoded(t, a.body), "events", 0, "sequence"))
	a = do(t, c.Running, "POST", one+"/acts", `{"act":"close"}`, signer{})
	require.Equal(t, "CLOSE", at[string](t, decoded(t, a.body), "stage"))

	for body, says := range map[string]string{
		`{"act":"say","text":"x"}`: "closed", `{"act":"dance"}`: "acts[0].act", `{"act":"close","colour":1}`: "colour", ``: "EOF",
	} {
		a = do(t, c.Running, "POST", one+"/acts", body, signer{})
		require.Equal(t, 400, a.status, body)
		require.Contains(t, string(a.body), says)
	}
	require.Equal(t, 404, do(t, c.Running, "GET", one+"x", "", signer{}).status)
	list := decoded(t, do(t, c.Running, "GET", admin+sandboxtest.AccountID+"/conversations", "", signer{}).body)
	require.Equal(t, id, at[string](t, list, 0, "id"))
	require.Equal(t, "CLOSE", at[string](t, list, 0, "state"))

	require.Equal(t, 400, do(t, c.Running, "PUT", admin+"agents", `{"automatic":true,"speed":-1}`, signer{}).status)
	a = do(t, c.Running, "PUT", admin+"agents", `{"automatic":true}`, signer{})
	require.JSONEq(t, `{"automatic":true,"speed":1}`, string(a.body))
}
