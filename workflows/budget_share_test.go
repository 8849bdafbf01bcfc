package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
)

func TestShare(t *testing.T) {
	wants := func(process string, connector, late, scheduled, backfill int) contract.BudgetHolder {
		return contract.BudgetHolder{Process: process, Wants: contract.Turns{connector, late, scheduled, backfill}}
	}
	used := func(h contract.BudgetHolder, holds int, used time.Duration) contract.BudgetHolder {
		h.Holds, h.Used = holds, used
		return h
	}
	for name, c := range map[string]struct {
		holders []contract.BudgetHolder
		want    map[string]int
		held    int
	}{
		"alone":                            {[]contract.BudgetHolder{wants("a", 0, 0, 9, 0)}, map[string]int{"a": 6}, 1},
		"enough for all":                   {[]contract.BudgetHolder{wants("a", 0, 0, 2, 0), wants("b", 0, 0, 1, 3)}, map[string]int{"a": 2, "b": 4}, 0},
		"evenly":                           {[]contract.BudgetHolder{wants("a", 0, 0, 9, 0), wants("b", 0, 0, 9, 0), wants("c", 0, 0, 9, 0)}, map[string]int{"a": 2, "b": 2, "c": 2}, 1},
		"what one leaves is the others'":   {[]contract.BudgetHolder{wants("a", 0, 0, 9, 0), wants("b", 0, 0, 1, 0)}, map[string]int{"a": 5, "b": 1}, 1},
		"backfill gets the rest":           {[]contract.BudgetHolder{wants("a", 0, 0, 0, 9), wants("b", 0, 0, 4, 0)}, map[string]int{"a": 2, "b": 4}, 0},
		"backfill yields":                  {[]contract.BudgetHolder{wants("a", 0, 0, 0, 9), wants("b", 0, 0, 9, 0)}, map[string]int{"b": 6}, 1},
		"late comes before scheduled":      {[]contract.BudgetHolder{wants("a", 0, 0, 9, 0), wants("b", 0, 5, 0, 0)}, map[string]int{"a": 1, "b": 5}, 1},
		"a person comes first":             {[]contract.BudgetHolder{wants("a", 0, 9, 9, 9), wants("b", 1, 0, 0, 0)}, map[string]int{"a": 5, "b": 1}, 2},
		"the rest stays where it is":       {[]contract.BudgetHolder{used(wants("a", 0, 0, 9, 0), 1, 0), used(wants("b", 0, 0, 9, 0), 2, 0), wants("c", 0, 0, 9, 0), wants("d", 0, 0, 9, 0)}, map[string]int{"a": 2, "b": 2, "c": 1, "d": 1}, 1},
		"until it is the turn of another":  {[]contract.BudgetHolder{used(wants("a", 0, 0, 9, 0), 2, turnTime), used(wants("b", 0, 0, 9, 0), 2, turnTime), wants("c", 0, 0, 9, 0), wants("d", 0, 0, 9, 0)}, map[string]int{"a": 1, "b": 1, "c": 2, "d": 2}, 1},
		"nobody wants what is too much":    {[]contract.BudgetHolder{wants("a", 0, 0, 1, 1)}, map[string]int{"a": 2}, 0},
		"more processes than slots, named": {many(8), map[string]int{"p0": 1, "p1": 1, "p2": 1, "p3": 1, "p4": 1, "p5": 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			given, held := share(6, c.holders)
			require.Equal(t, c.want, given)
			require.Equal(t, c.held, held)
		})
	}
}

func many(n int) (all []contract.BudgetHolder) {
	for i := range n {
		all = append(all, contract.BudgetHolder{Process: fmt.Sprint("p", i), Wants: contract.Turns{0, 0, 1, 0}})
	}
	return all
}

// process is a worker that keeps to what it is told, as internal/budget does.
type process struct {
	name         string
	cap, wants   int
	limit, using int
	seq          int64
	until        time.Time
	lost         []contract.LeaseIn // on their way still
}

func (p *process) ask() contract.LeaseIn {
	p.seq++
	p.limit = min(p.limit, p.wants)
	return contract.LeaseIn{Process: p.name, Seq: p.seq, Cap: p.cap, Holds: max(p.limit, p.using), Wants: contract.Turns{0, 0, p.wants, 0}}
}

// Whatever processes do, die and lose, together they never use more than the cap.
func TestBudgetNeverLendsMoreThanThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.IntRange(1, 9).Draw(t, "cap")
		b, now := &budget{}, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		var all []*process
		for i := range rapid.IntRange(1, 5).Draw(t, "processes") {
			all = append(all, &process{name: fmt.Sprint("p", i), cap: room})
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			p := rapid.SampledFrom(all).Draw(t, "process")
			if !now.Before(p.until) {
				p.limit, p.using = 0, 0 // its lease is over: no request of it runs any more
			}
			switch rapid.SampledFrom([]string{"work", "rest", "renew", "renew", "lose", "late", "die", "refused", "wait"}).Draw(t, "does") {
			case "work":
				p.wants = rapid.IntRange(0, 12).Draw(t, "wants")
				p.using = max(p.using, min(p.limit, p.wants))
			case "rest":
				p.using = rapid.IntRange(0, p.using).Draw(t, "uses")
			case "renew":
				in := p.ask()
				out := b.answer(in, now)
				p.limit = out.Slots
				if out.For > 0 {
					p.until = now.Add(out.For)
				}
			case "lose": // sent, and no answer came
				p.lost = append(p.lost, p.ask())
			case "late":
				for _, in := range p.lost {
					b.answer(in, now)
				}
				p.lost = nil
			case "die":
				*p = process{name: p.name + "'", cap: room, lost: p.lost}
				now = now.Add(leaseFor) // its requests are over, at last, with its lease
			case "refused":
				in := p.ask()
				in.Refused = 1
				p.limit = b.answer(in, now).Slots
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(0, 15_000).Draw(t, "ms")) * time.Millisecond)
			}
			sum := 0
			for _, q := range all {
				if now.Before(q.until) {
					sum += max(q.using, q.limit)
				}
			}
			require.LessOrEqual(t, sum, room)
		}
	})
}
