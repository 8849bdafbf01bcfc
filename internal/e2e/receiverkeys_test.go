package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
	"transporter/internal/task"
)

// What docs/openpgp.md says of keys, by its commands, and judged with the receivers' own GnuPG.
func TestKeysOfReceivers(t *testing.T) {
	t.Parallel()
	realtest.Program(t, "gpg", "gnupg")
	s := start(t, options{})
	for _, part := range []struct {
		name string
		walk func(*testing.T, *brand)
	}{
		{"files are signed and armored", walkSigned},
		{"everything is sent again for a new key", walkRedeliverAll},
		{"another key takes over", walkRotation}, // the last one: it leaves the worker with a clock of its own
	} {
		t.Run(part.name, func(t *testing.T) { part.walk(t, s.brand(t)) })
	}
}

// Before the overlap files are for the old key, from its first moment for both, from the
// moment of the switch for the new one alone. A file of before that waits for its destination
// past the switch is not sent: resumed, its run delivers for the new key.
func walkRotation(t *testing.T, b *brand) {
	old, next := newKeyPair(t), newKeyPair(t)
	b.key = b.addKey(t, old)
	id := b.task(t, spec("msg.messages", "csv"))
	from := time.Now().UTC().Add(7 * 24 * time.Hour).Truncate(time.Second)
	change := from.Add(7 * 24 * time.Hour)
	b.starter(t, "key", "rotate", b.key, "--to", b.addKey(t, next),
		"--from", from.Format(time.RFC3339), "--switch", change.Format(time.RFC3339))
	for n, moment := range []struct {
		now             time.Time // zero: today
		opens, mayNotBe []*pgp.KeyPair
	}{
		{opens: []*pgp.KeyPair{old}, mayNotBe: []*pgp.KeyPair{next}},
		{now: from.Add(-time.Second), opens: []*pgp.KeyPair{old}, mayNotBe: []*pgp.KeyPair{next}},
		{now: from, opens: []*pgp.KeyPair{old, next}},
		{now: change.Add(-time.Second), opens: []*pgp.KeyPair{old, next}},
		{now: change, opens: []*pgp.KeyPair{next}, mayNotBe: []*pgp.KeyPair{old}},
	} {
		b.workerAt(t, moment.now)
		w := b.before(time.Duration(n+1)*24*time.Hour, time.Hour)
		run := b.run(t, id, w)
		require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
		b.requireReadBy(t, run, b.world(t, byEnd, w).messages(), moment.opens, moment.mayNotBe)
	}
	b.requireNotSentPast(t, id, change, old, next)
}

// requireNotSentPast has a file for the old key wait for its destination until the switch.
func (b *brand) requireNotSentPast(t *testing.T, id string, change time.Time, old, next *pgp.KeyPair) {
	t.Helper()
	b.workerAt(t, time.Time{})
	b.sftp.stop(t)
	defer b.sftp.ensure(t)
	w := b.before(10*24*time.Hour, time.Hour)
	run := b.begin(t, id, w)
	eventually(t, "the upload is tried", func() bool { return b.trying(t, run, contract.ActivityUpload) })
	lies := b.contents(t, b.partner)
	b.workerAt(t, change)
	b.sftp.start(t)
	red := b.end(t, run)
	require.Equal(t, "KeyUnfit", red.ErrorKind, red.Error)
	require.Equal(t, lies, b.contents(t, b.partner))
	green := b.resume(t, run)
	require.Equal(t, contract.OutcomeDelivered, green.Outcome, green.Error)
	for _, f := range b.data(t, green, b.partner) {
		newGnuPG(t, unlockedPrivate(t, next)).open(t, f.raw)
		newGnuPG(t, unlockedPrivate(t, old)).refuse(t, f.raw)
	}
}

// requireReadBy asserts that each of some receivers alone reads the rows at both destinations,
// and others nothing.
func (b *brand) requireReadBy(t *testing.T, run httpapi.RunDetail, want map[string]int, readers, others []*pgp.KeyPair) {
	t.Helper()
	require.NotEmpty(t, want)
	for _, destination := range []string{b.cloud, b.partner} {
		files := b.data(t, run, destination)
		require.NotEmpty(t, files)
		for _, pair := range readers {
			gpg, rows := newGnuPG(t, unlockedPrivate(t, pair)), map[string]int{}
			for _, f := range files {
				for id, n := range countRows(t, f.Name, gpg.open(t, f.raw)) {
					rows[id] += n
				}
			}
			require.Equal(t, want, rows)
		}
		for _, pair := range others {
			gpg := newGnuPG(t, unlockedPrivate(t, pair))
			for _, f := range files {
				gpg.refuse(t, f.raw)
			}
		}
	}
}

// workerAt starts the worker with its clock at a moment; zero is the clock of the machine.
func (s *stack) workerAt(t *testing.T, now time.Time) {
	t.Helper()
	if now.IsZero() {
		s.restartWorker(t)
		return
	}
	s.restartWorker(t, "--now", now.Format(time.RFC3339))
}

// A receiver who has a new key gets every window of the past again: the same rows under the
// same names, for the new key alone; the source is not asked.
func walkRedeliverAll(t *testing.T, b *brand) {
	x := spec("msg.messages", "csv")
	from := b.now.Add(-pastHours * time.Hour)
	x.Zone, x.Start, x.End, x.Delay = "UTC", &from, &b.now, new(task.Duration)
	x.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}
	id := b.task(t, x)
	first := b.backfill(t, id, b.onlyBackfill(t, id))
	require.Equal(t, pastHours, first.Delivered, "%+v", first)
	names, calls := b.files(t, b.partner), b.calls(t)

	pair := newKeyPair(t)
	b.putKey(t, httpapi.Key{Description: "Receiver", Armored: pair.Public})
	out := b.starter(t, "backfill", "start", id, "--mode", "redeliver", "--reason", "the receiver lost the key", "--watch")
	t.Log(out)
	require.Equal(t, names, b.files(t, b.partner))
	require.Equal(t, 2*pastHours, b.onlyFor(t, pair), "one file for each window and leg")
	require.Equal(t, calls, b.calls(t), "the source is not asked again")

	runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: id})
	require.NoError(t, err)
	sent := map[string]map[string]int{b.cloud: {}, b.partner: {}}
	for _, run := range runs {
		if run.Trigger != contract.TriggerRedeliver {
			continue
		}
		d := b.look(t, run.ID)
		require.Equal(t, contract.OutcomeDelivered, d.Outcome, d.Error)
		for destination, rows := range sent {
			for conversation, n := range b.rowsFor(t, d, destination, pair) {
				rows[conversation] += n
			}
		}
	}
	want := b.world(t, byEnd, b.before(0, pastHours*time.Hour)).messages()
	require.Equal(t, map[string]map[string]int{b.cloud: want, b.partner: want}, sent)
}
