package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// show writes what people read of the backfill in the Temporal UI.
func (b *backfill) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, backfillDetails(b.title, b.progress))
}

func backfillDetails(title string, p contract.BackfillProgress) string {
	var text strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&text, "| %s | %s |\n", name, strings.ReplaceAll(value, "|", `\|`))
		}
	}
	text.WriteString("| backfill | |\n|---|---|\n")
	row("report", title)
	row("why", p.Reason)
	row("state", p.State)
	row("windows", fmt.Sprintf("%s of %s", human.Number(int64(p.Done)), human.Number(int64(p.Total))))
	row("delivered", human.Number(int64(p.Delivered)))
	row("empty", human.Number(int64(p.Empty)))
	row("skipped", human.Number(int64(p.Skipped)))
	row("failed", human.Number(int64(p.Failed)))
	if !p.At.IsZero() {
		row("up to", p.At.UTC().Format(time.RFC3339))
	}
	if p.Remaining > 0 {
		row("still takes about", human.Duration(p.Remaining))
	}
	row("stopped because", p.Error)
	return text.String()
}
