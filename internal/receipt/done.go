package receipt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Done is one line of the index of windows that are delivered to all of their legs. Lines
// are the names of empty objects, so that a year of windows is read without opening one:
//
//	done/{account}/{task}/{month of the end}/{from-to}~g{n}~r{n}~{outcome}~{rows}~{at}~{run}
//	run = g{n}~{fire time}~a{n}
type Done struct {
	Delivery contract.Delivery // of the whole run
	Outcome  string            // delivered or empty
	Rows     int64
	At       time.Time // of the receipt

	// Run delivered it. One that started while its task was edited bears the generation
	// after that of its window; one under an ID that is not a run's has none.
	Run contract.RunName
}

const (
	monthLayout = "200601"
	doneFields  = 9
)

// PutDone adds the line. It follows the receipt of the whole run; a repeat after a crash
// writes the same line. Idempotent.
func (b *Book) PutDone(ctx context.Context, d Done) error {
	v := d.Delivery
	key := fmt.Sprintf("%s%s~g%d~r%d~%s~%d~%d~g%d~%d~a%d", donePrefix(v.Account, v.Task, time.UnixMilli(v.Span.To)),
		v.Span, v.Generation, v.Revision, d.Outcome, d.Rows, d.At.UnixMilli(), d.Run.Generation, d.Run.Fire.Unix(), d.Run.Attempt)
	_, err := b.store.Put(ctx, key, bytes.NewReader(nil))
	return err
}

// Dones returns the lines of windows that end in [from, to), in order of windows.
func (b *Book) Dones(ctx context.Context, account, task string, from, to time.Time) iter.Seq2[Done, error] {
	return lines(ctx, b, donePrefix, account, task, from, to, func(name string) (Done, contract.Span, error) {
		d, err := parseDone(account, task, name)
		return d, d.Delivery.Span, err
	})
}

func donePrefix(account, task string, end time.Time) string {
	return "done/" + account + "/" + task + "/" + end.UTC().Format(monthLayout) + "/"
}

func parseDone(account, task, name string) (Done, error) {
	f := strings.Split(name, "~")
	if len(f) != doneFields {
		return Done{}, fault.New(fault.Corrupt, "list what is delivered: %q is not an index key", name)
	}
	span, err := contract.ParseSpan(f[0])
	d := Done{
		Outcome: f[3], Delivery: contract.Delivery{Account: account, Task: task, Span: span},
		Run: contract.RunName{Account: account, Task: task},
	}
	for _, number := range []struct {
		text string
		into func(int64)
	}{
		{strings.TrimPrefix(f[1], "g"), func(n int64) { d.Delivery.Generation = int(n) }},
		{strings.TrimPrefix(f[2], "r"), func(n int64) { d.Delivery.Revision = int(n) }},
		{f[4], func(n int64) { d.Rows = n }},
		{f[5], func(n int64) { d.At = time.UnixMilli(n).UTC() }},
		{strings.TrimPrefix(f[6], "g"), func(n int64) { d.Run.Generation = int(n) }},
		{f[7], func(n int64) { d.Run.Fire = time.Unix(n, 0).UTC() }},
		{strings.TrimPrefix(f[8], "a"), func(n int64) { d.Run.Attempt = int(n) }},
	} {
		n, bad := strconv.ParseInt(number.text, 10, 64)
		if bad != nil && err == nil {
			err = bad
		}
		number.into(n)
	}
	if err != nil {
		return Done{}, fault.New(fault.Corrupt, "list what is delivered: %q is not an index key: %w", name, err)
	}
	d.Run.Revision = d.Delivery.Revision
	return d, nil
}
