package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

func TestOpenIDIsASCII(t *testing.T) {
	require.Equal(t, "conversation-open/a/wamid.HB gLM/1", contract.OpenID("a", "wamid.HB gLM/1"))
	require.Equal(t, "conversation-open/a/%C3%A9", contract.OpenID("a", "é"))
	require.NotEqual(t, contract.OpenID("a", "é"), contract.OpenID("a", "%C3%A9"), "another key is another opening")
}
