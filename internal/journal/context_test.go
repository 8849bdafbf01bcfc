package journal_test

import (
	stdcontext "context"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

// context is the one of the test, also inside a property.
func context(t require.TestingT) stdcontext.Context {
	if c, ok := t.(interface{ Context() stdcontext.Context }); ok {
		return c.Context()
	}
	return stdcontext.Background()
}

func refTo(id string) contract.ConversationRef {
	return contract.ConversationRef{Account: "acme", App: "app", Conversation: id}
}
