//go:build soak

package e2e

import (
	"crypto/sha256"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

// stopped is a task that is paused and enabled again under test.
type stopped struct {
	*brand
	id     string
	folder string
	choice string // what enabling makes of the windows of the pause
	byCLI  bool   // it is paused with Temporal's command line
}

// Tasks are paused over three fire times, by the API and with Temporal's command line, and
// enabled again with each of the choices: what was chosen is delivered once, the rest of the
// pause is skipped, and what was delivered before stays.
func TestPauses(t *testing.T) {
	const every, windows = 6 * time.Second, 6
	s := openStack(t)
	b, c := s.promptBrand(t), s.client(t)
	begin := time.Now().UTC().Truncate(time.Second).Add(8 * time.Second)
	var all []stopped
	for _, choice := range []string{"all", "latest", "none"} {
		for name, byCLI := range map[string]bool{"api": false, "cli": true} {
			folder := choice + "-" + name
			id := b.short(t, c, folder, every, begin, begin.Add((windows-1)*every))
			all = append(all, stopped{b, id, folder, choice, byCLI})
		}
	}
	// Nothing may be due and not yet started: the server would never start it.
	eventually(t, "a moment between two windows", func() bool {
		late := time.Since(begin) % every
		return time.Now().After(begin) && late > 2*time.Second && late < 4*time.Second
	})
	each(all, func(x stopped) { x.pause(t) })
	from := time.Now()
	require.Less(t, from.Sub(begin), every, "the machine is too slow for windows of %s", every)
	time.Sleep(3 * every) // what is tried is that this time passes
	eventually(t, "Reconcile takes the pauses over", func() bool {
		s.reconcile(t, c)
		return !slices.ContainsFunc(all, func(x stopped) bool { return x.state(t, x.id) != "disabled" })
	})
	to := time.Now()
	each(all, func(x stopped) { x.enable(t) })
	enabled := time.Now()
	rows := 0
	for _, x := range all {
		t.Run(fmt.Sprintf("%s, by CLI: %t", x.choice, x.byCLI), func(t *testing.T) { rows += x.check(t, from, to, enabled) })
	}
	require.Positive(t, rows, "windows without a row prove nothing")
}

func each(all []stopped, do func(stopped)) {
	var wg sync.WaitGroup
	for _, x := range all {
		wg.Go(func() { do(x) })
	}
	wg.Wait()
}

func (x stopped) pause(t *testing.T) {
	if !x.byCLI {
		if _, err := x.api.DisableTask(t.Context(), x.account, x.id); err != nil {
			t.Error(err)
		}
		return
	}
	out, err := exec.CommandContext(t.Context(), realtest.Tool(t, "TEMPORAL_CLI", "temporal"), "schedule", "toggle", "--pause", "--reason", "by hand",
		"--schedule-id", contract.ScheduleID(x.account, x.id), "--address", devstack.Local(x.Ports.Temporal), "--namespace", devstack.Namespace).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func (x stopped) enable(t *testing.T) {
	if _, err := x.api.EnableTask(t.Context(), x.account, x.id, x.choice); err != nil {
		t.Error(err)
	}
}

// check holds what became of the windows against the choice; it returns how many rows there
// are. Those that fell due while the task was being enabled may count to the pause or not.
func (x stopped) check(t *testing.T, from, to, enabled time.Time) (rows int) {
	lines := x.settled(t, x.id)
	require.Len(t, lines, 6)
	var due []httpapi.CoverageLine // in the pause for sure
	later := false
	for _, l := range lines {
		switch {
		case l.Fire.After(from) && l.Fire.Before(to):
			due = append(due, l)
		case l.Fire.After(to) && l.Fire.Before(enabled):
			later = true
		default:
			require.NotEqual(t, "skipped", l.Status, "outside of the pause: %+v", l)
		}
	}
	require.GreaterOrEqual(t, len(due), 3)
	for i, l := range due {
		switch last := i == len(due)-1; {
		case x.choice == "all" || x.choice == "latest" && last && !later:
			require.NotEqual(t, "skipped", l.Status, "%+v", l)
		case x.choice == "none" || !last:
			require.Equal(t, "skipped", l.Status, "%+v", l)
		}
	}
	return x.once(t, x.id, x.folder, lines)
}

// promptBrand is a brand whose runs start within a second of their time, and with as many
// tasks of a report as it likes. By how much starts are spread follows from the account's
// id, which follows from the key of its creation.
func (s *stack) promptBrand(t *testing.T) *brand {
	t.Helper()
	for n := 0; ; n++ {
		key := fmt.Sprint("prompt-", n)
		sum := sha256.Sum256([]byte("accounts\x00" + key))
		var id ulid.ULID
		copy(id[:], sum[:])
		if spread(t, id.String()) > time.Second {
			continue
		}
		b := s.brandAs(t, apiclient.Write{Key: key})
		require.Equal(t, id.String(), b.account)
		_, err := s.api.SetPlan(t.Context(), b.account, httpapi.Plan{
			Plan: account.PlanPremium, Limits: httpapi.Limits{PerReport: account.DefaultTasks},
		}, apiclient.Write{})
		require.NoError(t, err)
		return b
	}
}

// spread is by how much starts of the account's runs may come later than their time.
func spread(t *testing.T, account string) time.Duration {
	t.Helper()
	s := task.Spec{Report: "msg.conversations", Zone: "UTC", Frequency: task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}}
	calendar, err := task.NewCalendar(s, time.Now(), 0)
	require.NoError(t, err)
	return schedule.Options(schedule.Task{Account: account, Spec: s, Calendar: calendar}, time.Now()).Spec.Jitter
}
