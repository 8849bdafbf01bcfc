package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCatalogHasTheReportsOfThisVersion(t *testing.T) {
	var ids []string
	for _, d := range Catalog() {
		ids = append(ids, d.ID)
	}
	require.Equal(t, []string{"cfg.skills", "cfg.users", "msg.conversations", "msg.messages", "raw.messaging_interactions"}, ids)
}
