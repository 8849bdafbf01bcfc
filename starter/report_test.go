package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

func TestReportsAreListedByCategory(t *testing.T) {
	all := func() []httpapi.ReportView {
		return []httpapi.ReportView{{ID: "asapp.reps", Category: "feed"}, {ID: "cfg.users", Category: "account_config"}, {ID: "msg.messages", Category: "feed"}}
	}
	ids := func(category string) (ids []string) {
		list, err := ofCategory(all(), category)
		require.NoError(t, err)
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	require.Equal(t, []string{"cfg.users", "asapp.reps", "msg.messages"}, ids(""))
	require.Equal(t, []string{"asapp.reps", "msg.messages"}, ids("feed"))
	_, err := ofCategory(all(), "feeds")
	require.ErrorContains(t, err, "use one of account_config, feed")
}
