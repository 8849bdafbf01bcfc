package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// note remembers the change for people and shows it.
func (e *entity) note(ctx workflow.Context, update string, out contract.Written) {
	e.Writes++
	e.LastNote = fmt.Sprintf("%s %s, version %d, at %s", update, out.ID, out.Version, workflow.Now(ctx).UTC().Format(time.RFC3339))
	e.show(ctx)
}

// maxTitle bounds a task's description where it stands beside other things.
const maxTitle = 80

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
	fmt.Fprintf(&b, "%s, %s, %s, %s, %s. Zone %s.\n\n", human.Count(len(e.Sources), "source"), human.Count(len(e.Destinations), "destination"),
		human.Count(len(e.Keys), "key"), human.Count(len(e.Tasks), "task"), human.Count(len(e.Apps), "app"), plain(e.Settings.Zone))
	fmt.Fprintf(&b, "Last of %d changes: %s\n", e.Writes, plain(e.LastNote))
	if len(e.Tasks) > 0 {
		b.WriteString("\n| task | report | frequency | state | generation |\n|---|---|---|---|---|\n")
	}
	for _, id := range workflow.DeterministicKeys(e.Tasks) {
		t := e.Tasks[id]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d |\n", plain(human.Clip(t.Description, maxTitle)), plain(t.Spec.Report),
			plain(t.Spec.Frequency.String()), t.State, t.Generation)
	}
	workflow.SetCurrentDetails(ctx, b.String())
}

// plain keeps text of users from becoming Markdown.
var plain = strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "*", "\\*", "_", "\\_", "`", "'", "<", "&lt;", "[", "\\[").Replace
