package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

// show writes to the Temporal UI who holds how many slots and what for.
func (b *budget) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, b.details(workflow.Now(ctx)))
}

func (b *budget) details(now time.Time) string {
	if len(b.Holders) == 0 {
		return "Nobody holds a slot."
	}
	var text strings.Builder
	held := 0
	for _, h := range b.Holders {
		held += h.Holds
	}
	fmt.Fprintf(&text, "%d of %s held.\n\n", held, human.Count(b.room(now), "slot"))
	if !b.Refused.IsZero() {
		fmt.Fprintf(&text, "The platform refused (429) last at %s; every %s since then there is one slot more, up to the setting.\n\n",
			b.Refused.UTC().Format(time.RFC3339), human.Duration(regrow))
	}
	if b.QuietUntil.After(now) {
		fmt.Fprintf(&text, "It asked not to be asked until %s.\n\n", b.QuietUntil.UTC().Format(time.RFC3339))
	}
	text.WriteString("| process | holds | wants: connector | late | scheduled | backfill | last asked |\n|---|---|---|---|---|---|---|\n")
	for _, h := range b.Holders {
		w := h.Wants
		fmt.Fprintf(&text, "| %s | %d | %d | %d | %d | %d | %s |\n", plain(h.Process), h.Holds,
			w[contract.TurnConnector], w[contract.TurnLate], w[contract.TurnScheduled], w[contract.TurnBackfill], h.At.UTC().Format(time.RFC3339))
	}
	return text.String()
}
