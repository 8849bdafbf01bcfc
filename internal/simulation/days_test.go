package simulation

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/ledger"
	"transporter/internal/task"
)

// begin is a day before changes of the clock in many zones.
var begin = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// Fifty days of faults, edits and pauses: the slice of TestThousandDays that is always run.
func TestFiftyDays(t *testing.T) {
	live(t, 1, 50, false)
}

// live lets so many days pass with every kind of trouble, then a few in which all is well,
// and holds what became of the windows against what was asked for.
func live(t *testing.T, seed uint64, days int, longPause bool) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // there is much to keep and little to collect
	w := newWorld(t, seed, begin)
	daily := func(at string) task.Frequency { return task.Frequency{Kind: task.Daily, At: at} }
	w.people.make(specOf("chats", "msg.conversations", "America/Santiago", task.Frequency{Kind: task.Interval, Every: task.Duration(6 * time.Hour)}))
	w.people.make(specOf("messages", "msg.messages", "Europe/London", daily("02:30")))
	w.people.make(specOf("raw", "raw.messaging_interactions", "UTC", daily("00:00")))
	w.people.make(specOf("users", "cfg.users", "Australia/Lord_Howe", daily("02:15")))
	w.people.make(specOf("skills", "cfg.skills", "UTC", task.Frequency{Kind: task.Interval, Every: task.Duration(12 * time.Hour)}))
	w.every(time.Hour, w.reconcileAll)
	w.every(7*day, w.maintainAll)
	w.every(day, w.people.lookAfterRed)
	w.sometimes(16*time.Hour, w.people.act)
	w.faults()
	if longPause {
		w.pauseBeyondReach("raw")
	}
	w.until(begin.AddDate(0, 0, days))

	w.recover()
	w.until(w.now.Add(3*day + 37*time.Minute)) // no window of any grid falls due in this minute
	t.Logf("%d days of seed %d, %d windows: %v", days, seed, w.judge(), w.counts)
}

// sometimes lets something happen at random times, so long apart on average.
func (w *world) sometimes(apart time.Duration, do func()) {
	var again func()
	again = func() {
		if w.calm {
			return
		}
		do()
		w.after(w.within(2*apart), again)
	}
	w.after(w.within(2*apart), again)
}

// faults lets each part go down now and then, for up to so long.
func (w *world) faults() {
	for _, f := range []struct {
		part          string
		apart, atMost time.Duration
	}{
		{partServer, 8 * day, 10 * time.Hour},
		{partWorker, 8 * day, 16 * time.Hour},
		{partSource, 9 * day, 30 * time.Hour},
		{partDestination, 20 * day, 9 * day},
	} {
		w.sometimes(f.apart, func() {
			if !w.away[f.part] {
				w.away[f.part] = true
				w.note("%s down", f.part)
				w.after(w.within(f.atMost), func() { w.back(f.part) })
			}
		})
	}
	w.sometimes(12*day, func() {
		w.server.shaky = true
		w.after(w.within(4*time.Hour), func() { w.server.shaky = false })
	})
}

// back ends an outage. Somebody may be faster than the server with what it missed.
func (w *world) back(part string) {
	w.away[part] = false
	if part == partServer && w.chance(300) {
		w.people.act()
	}
	w.after(0, w.server.work)
}

// pauseBeyondReach disables a task for longer than its source remembers.
func (w *world) pauseBeyondReach(id string) {
	const pausedFor = 430 * day
	w.after(100*day, func() {
		_ = w.people.setState(contract.SetTaskStateIn{ID: id, State: account.TaskDisabled})
		w.people.hands = id
	})
	w.after(100*day+pausedFor, func() {
		w.people.hands = ""
		_ = w.people.setState(contract.SetTaskStateIn{ID: id, State: account.TaskEnabled, CatchUp: ledger.CatchUpAll})
	})
}

// recover ends all trouble; tasks that are disabled are enabled.
func (w *world) recover() {
	w.calm, w.server.shaky = true, false
	for _, part := range []string{partServer, partWorker, partSource, partDestination} {
		w.back(part)
	}
	w.after(6*time.Hour, func() {
		for _, id := range sorted(w.account.Tasks) {
			if w.account.Tasks[id].State != account.TaskEnabled {
				w.people.toggle(w.account.Tasks[id])
			}
			w.people.red[id] = true
		}
	})
}

func (w *world) reconcileAll() {
	if !w.up(partServer, partWorker) {
		return
	}
	out, err := beating[contract.Reconciled](w, w.reconcile.Account, contract.ReconcileIn{Account: acme})
	if w.calm && len(w.people.busy) == 0 {
		require.NoError(w.t, err)
	}
	for what, n := range map[string]int{"adopted": out.Adopted, "rewritten": out.Rewritten, "recreated": out.Recreated, "found missing": out.Missing, "terminated on record": out.Terminated} {
		if n > 0 {
			w.counts[what] += n
		}
	}
}

func (w *world) maintainAll() {
	if w.up(partServer, partWorker) {
		_, err := beating[contract.Maintained](w, w.reconcile.MaintainAccount, contract.ReconcileIn{Account: acme})
		require.NoError(w.t, err)
	}
}
