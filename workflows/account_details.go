package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// note remembers the change for people and shows it.
func (e *entity) note(ctx workflow.Context, update string, out contract.Written) {
	e.Writes++
	e.LastNote = fmt.Sprintf("%s %s, version %d, at %s", update, out.ID, out.Version, workflow.Now(ctx).UTC().Format(time.RFC3339))
	e.show(ctx)
}

// show writes what the account holds to the Temporal UI, in Markdown and without secrets.
func (e *entity) show(ctx workflow.Context) {
	if !e.Created {
		workflow.SetCurrentDetails(ctx, "Not created yet.")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n", plain(e.Description))
	if e.Closed {
		b.WriteString("Closed.\n\n")
	}
	fmt.Fprintf(&b, "%d sources, %d destinations, %d keys, %d tasks. Zone %s.\n\n",
		len(e.Sources), len(e.Destinations), len(e.Keys), len(e.Tasks), plain(e.Settings.Zone))
	fmt.Fprintf(&b, "Last of %d changes: %s\n", e.Writes, plain(e.LastNote))
	if len(e.Tasks) > 0 {
		b.WriteString("\n| task | report | frequency | state | generation |\n|---|---|---|---|---|\n")
	}
	for _, id := range workflow.DeterministicKeys(e.Tasks) {
		t := e.Tasks[id]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d |\n", plain(clip(t.Description, 80)), plain(t.Spec.Report),
			plain(t.Spec.Frequency.Kind), t.State, t.Generation)
	}
	workflow.SetCurrentDetails(ctx, b.String())
}

// plain keeps text of users from becoming Markdown.
var plain = strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "*", "\\*", "_", "\\_", "`", "'", "<", "&lt;", "[", "\\[").Replace
