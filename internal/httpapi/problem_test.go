package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/httpapi"
)

func TestEveryFaultHasOneStatus(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      error
		status   int
		location string
		says     string
	}{
		{"invalid", fault.New(fault.InvalidSpec, "too short").WithField("frequency.every"), 422, "body.frequency.every", "too short"},
		{"over Temporal, where only the text survives", fault.New(fault.LimitReached, "report: at most 3 tasks (delete one)"), 422, "body.report", "at most 3"},
		{"conflict", fault.New(fault.Conflict, "used by task X"), 409, "", "task X"},
		{"stale", fault.New(fault.Conflict, "changed").WithField("header.If-Match"), 412, "header.If-Match", "changed"},
		{"not found", fault.New(fault.NotFound, "no such thing").WithField("path.id"), 404, "path.id", "no such thing"},
		{"unfit key", fault.New(fault.KeyUnfit, "expired").WithField("armored"), 422, "body.armored", "expired"},
		{"upstream", fault.New(fault.Upstream, "no worker").WithFix("start one"), 503, "", "start one"},
		{"full", fault.New(fault.StorageFull, "no space left"), 507, "", "no space"},
		{"wrapped", fmt.Errorf("put: %w", fault.New(fault.Expired, "too old")), 409, "", "too old"},
		{"joined", errors.Join(fault.New(fault.InvalidSpec, "a").WithField("x"), fault.New(fault.InvalidSpec, "b").WithField("y")), 422, "body.x", "y: b"},
		{"damage of ours", fault.New(fault.Corrupt, "hash of /secret/path differs"), 500, "", "internal error"},
		{"anything else", errors.New("password=hunter2"), 500, "", "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := httpapi.ProblemOf(context.Background(), c.err)
			require.Equal(t, c.status, p.Status)
			require.Equal(t, http.StatusText(c.status), p.Title)
			require.Contains(t, p.Detail, c.says)
			if c.location == "" {
				require.Empty(t, p.Errors)
			} else {
				require.Equal(t, c.location, p.Errors[0].Location)
			}
			if c.status == http.StatusInternalServerError {
				require.NotContains(t, p.Detail, "secret")
				require.NotContains(t, p.Detail, "hunter2")
			}
		})
	}
}
