package temporalx

import (
	"strings"

	sdklog "go.temporal.io/sdk/log"
)

// fields returns the log fields that a workflow ID of package contract tells: account, and
// of a run the task and which run it is.
func fields(workflowID string) []any {
	parts := strings.SplitN(workflowID, "/", 4)
	switch {
	case len(parts) >= 2 && parts[0] == "account":
		return []any{"account", parts[1]}
	case len(parts) == 4 && parts[0] == "report":
		return []any{"account", parts[1], "task", parts[2], "run", parts[3]}
	}
	return nil
}

func withFields(l sdklog.Logger, workflowID string) sdklog.Logger {
	if f := fields(workflowID); f != nil {
		return sdklog.With(l, f...)
	}
	return l
}
