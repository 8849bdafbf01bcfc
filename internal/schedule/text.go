package schedule

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"transporter/internal/human"
	"transporter/internal/task"
)

// Limits of the text in the Temporal UI. The server's are 400 bytes and 20 kB, measured
// after encryption; half is left to the codec.
const (
	maxSummary = 200
	maxDetails = 8 << 10
)

// Summary returns the one line that the Temporal UI shows for the schedule's runs:
// "Messages · daily 06:00 Europe/Madrid · CSV → sftp: Archive, store: Cloud".
func Summary(t Task) string {
	s := fmt.Sprintf("%s · %s · %s → %s", t.Title, When(t.Spec), strings.ToUpper(t.Spec.Format), strings.Join(t.Legs, ", "))
	return human.Clip(oneLine(s), maxSummary)
}

// When says in words when a task runs: "daily 06:00 Europe/Madrid", "every 15m",
// "weekly monday 06:00 UTC", "once".
func When(s task.Spec) string {
	if s.Frequency.Kind == task.Daily || s.Frequency.Kind == task.Weekly {
		return s.Frequency.String() + " " + s.Zone
	}
	return s.Frequency.String()
}

// databaseRow says with which tz database a schedule was written. It stands near the top,
// where no length of text can cut it off.
const databaseRow = "tz database"

var databaseOf = regexp.MustCompile(`(?m)^\| ` + databaseRow + ` \| (\S+) \|$`)

// writtenWith returns the release of the tz database that Details names, "" without one.
func writtenWith(details string) string {
	if m := databaseOf.FindStringSubmatch(details); m != nil {
		return m[1]
	}
	return ""
}

// Details returns the Markdown that the Temporal UI shows with every run of the task. It
// holds ids and labels, no secrets.
func Details(t Task) string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, strings.ReplaceAll(oneLine(value), "|", `\|`))
		}
	}
	b.WriteString("| task | |\n|---|---|\n")
	row("description", t.Spec.Description)
	row("id", fmt.Sprintf("%s, generation %d", t.ID, t.Generation))
	row("account", t.Account)
	row(databaseRow, task.TZVersion())
	row("report", strings.TrimSuffix(t.Spec.Report+" "+t.Spec.Version, " "))
	row("source", t.Spec.Source)
	row("frequency", When(t.Spec))
	row("delay", task.Duration(t.Calendar.Delay()).String())
	w, _ := t.Calendar.WindowOf(t.Calendar.First())
	row("first window", w.Text(t.Calendar.Zone()))
	if last, ok := t.Calendar.Last(); ok && t.Spec.Frequency.Kind != task.Once {
		row("last window ends", last.In(t.Calendar.Zone()).Format(time.RFC3339))
	}
	row("format", t.Spec.Format)
	for i, leg := range t.Legs {
		if i < len(t.Spec.Destinations) {
			leg += ", encryption " + t.Spec.Destinations[i].Encryption.Mode
		}
		row("destination", leg)
	}
	return human.Clip(b.String(), maxDetails)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
