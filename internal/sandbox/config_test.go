package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/oauth"
)

func TestImpossibleConfigurationsAreRefused(t *testing.T) {
	ok := sandbox.Account{ID: "a"}
	for _, c := range []struct {
		name   string
		config sandbox.Config
		says   string
	}{
		{"no account", sandbox.Config{}, "accounts"},
		{"malformed id", sandbox.Config{Accounts: []sandbox.Account{{ID: "a-b"}}}, `"a-b"`},
		{"twice the same", sandbox.Config{Accounts: []sandbox.Account{ok, ok}}, "unique"},
		{"too big", sandbox.Config{Accounts: []sandbox.Account{ok}, Conversations: 1 << 40}, "conversations"},
		{"negative", sandbox.Config{Accounts: []sandbox.Account{ok}, Conversations: -1}, "conversations"},
		{"half a key", sandbox.Config{Accounts: []sandbox.Account{{ID: "a", Keys: []sandbox.Key{{Key: oauth.Key{Consumer: "c"}}}}}}, "secret"},
		{"no such folder", sandbox.Config{Accounts: []sandbox.Account{ok}, Records: "/nowhere/at/all"}, "records"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sandbox.New(c.config)
			require.ErrorContains(t, err, c.says)
		})
	}
}
