package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// previewed is how many runs a preview shows unless asked otherwise.
const previewed = 20

// What a preview shows is what runs: fire time, window, hours and file names. The windows of 20
// runs lie in the past and are run by the backfill of a past start; they are previewed by an
// API whose clock stands before the first of them. A once task is fired by its schedule.
func TestPreviewIsWhatRuns(t *testing.T) {
	t.Parallel()
	s := start(t, options{size: 20_000})
	b := s.brand(t)
	then := s.now.AddDate(0, 0, -160) // 20 weeks and more
	made, began := map[string]string{}, time.Now()
	for name, x := range map[string]task.Spec{
		"interval": {Zone: "Asia/Kathmandu", Frequency: task.Frequency{Kind: task.Interval, Every: task.Duration(15 * time.Minute)}, Delay: delayOf(7*time.Minute + 30*time.Second)},
		"weekly":   {Zone: "Europe/Madrid", Frequency: task.Frequency{Kind: task.Weekly, At: "02:30", Weekday: "sunday"}, Delay: delayOf(time.Hour)},
	} {
		x.Start = &then
		calendar, err := task.NewCalendar(x, time.Now(), 0)
		require.NoError(t, err)
		x.End = &task.NextRuns(calendar, then, previewed+1)[previewed].Window.To
		made[name] = b.previewTask(t, name, x)
	}
	end := soon(time.Since(began)) // it is made before it is due
	from := end.Add(-36 * time.Hour)
	made["once"] = b.previewTask(t, "once", task.Spec{
		Zone: "UTC", Frequency: task.Frequency{Kind: task.Once}, Start: &from, End: &end, Delay: delayOf(2 * time.Second),
	})

	require.NoError(t, s.API.Stop())
	s.Config.API = []string{"--now", then.Format(time.RFC3339)}
	require.NoError(t, s.StartAPI(t.Context()))
	for name, id := range made {
		t.Run(name, func(t *testing.T) {
			shown := b.preview(t, id)
			if name == "once" {
				require.Len(t, shown.Runs, 1)
				b.requireAsPreviewed(t, id, shown, contract.TriggerSchedule)
				return
			}
			require.Len(t, shown.Runs, previewed)
			b.requireAsPreviewed(t, id, shown, contract.TriggerBackfill)
		})
	}
}

// soon is when what takes about so long here has been done, on a slow machine too: in some seconds.
func soon(takes time.Duration) time.Time {
	return time.Now().UTC().Add(4*time.Second + 3*takes).Truncate(time.Second)
}

func delayOf(d time.Duration) *task.Duration { return (*task.Duration)(&d) }

// previewTask makes a task whose file names say everything about their run, one leg after its
// own template and one after the default.
func (b *brand) previewTask(t *testing.T, name string, when task.Spec) string {
	t.Helper()
	x := spec("msg.conversations", "csv")
	if name == task.Once { // an account has three tasks of a report
		x = spec("msg.messages", "csv")
	}
	x.Description = "Preview: " + name
	x.Zone, x.Frequency, x.Start, x.End, x.Delay = when.Zone, when.Frequency, when.Start, when.End, when.Delay
	x.EmptyResult = task.EmptyHeaderOnly // every window has its files
	x.Destinations = b.legs("preview/" + name)
	x.Destinations[1].FileName = "{description}.{date}.{account}.{from}.{to}.{fire}.{task}{part}{revision}.{ext}"
	x.Destinations[1].Encryption = task.Encryption{Mode: task.EncryptNone}
	return b.task(t, x)
}

func (b *brand) preview(t *testing.T, id string) httpapi.Preview {
	t.Helper()
	shown, err := b.api.Preview(t.Context(), b.account, id, previewed)
	require.NoError(t, err)
	return shown
}

// requireAsPreviewed waits for the previewed runs and compares each with what was shown.
func (b *brand) requireAsPreviewed(t *testing.T, id string, shown httpapi.Preview, trigger string) {
	t.Helper()
	eventually(t, fmt.Sprint(len(shown.Runs), " runs have ended"), func() bool {
		all, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: id, Limit: 2 * previewed})
		require.NoError(t, err)
		ended := map[string]bool{}
		for _, r := range all {
			ended[r.ID] = r.Status != "running"
		}
		return !slices.ContainsFunc(shown.Runs, func(p httpapi.PreviewRun) bool { return !ended[runOf(id, p)] })
	})
	for _, p := range shown.Runs {
		run := b.look(t, runOf(id, p))
		require.Contains(t, []string{contract.OutcomeDelivered, contract.OutcomeEmpty}, run.Outcome, run.Error)
		require.Equal(t, trigger, run.Trigger)
		require.Equal(t, httpapi.WindowView{From: p.From, To: p.To}, *run.Window)
		require.InDelta(t, p.Hours, run.Window.To.Sub(run.Window.From).Hours(), 1e-9)
		require.Equal(t, p.Fire.Unix(), timeOf(t, p.FireLocal).Unix())
		require.Equal(t, p.From.Unix(), timeOf(t, p.FromForAccount).Unix())
		require.Equal(t, p.To.Unix(), timeOf(t, p.ToLocal).Unix())
		var names []httpapi.PreviewFile
		for _, destination := range []string{b.cloud, b.partner} {
			for _, f := range b.data(t, run, destination) {
				names = append(names, httpapi.PreviewFile{Destination: destination, Name: strings.TrimPrefix(f.at, "files/")})
			}
		}
		require.Equal(t, p.Files, names)
	}
}

// runOf is the id of a previewed run, which is named after its fire.
func runOf(task string, p httpapi.PreviewRun) string {
	return fmt.Sprintf("%s.g1.%s", task, p.Fire.Format("20060102T150405Z"))
}

func timeOf(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}
