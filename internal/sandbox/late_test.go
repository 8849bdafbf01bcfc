package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
)

func TestLateChangesAreChecked(t *testing.T) {
	s, err := sandbox.New(sandbox.Config{Conversations: 10, Accounts: []sandbox.Account{{ID: "12345678"}}})
	require.NoError(t, err)
	for _, c := range []struct {
		late sandbox.Late
		says string
	}{
		{sandbox.Late{Kind: "surprise", ID: "x"}, `late[0].kind: "surprise" must be one of agent_renamed, closed_later`},
		{sandbox.Late{Kind: sandbox.Hidden}, "late[0].id: is required"},
		{sandbox.Late{Kind: sandbox.Hidden, ID: "x"}, ""},
	} {
		err := s.SetLate(c.late)
		if c.says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.says)
	}
}
