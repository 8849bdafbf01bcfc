package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

const (
	// mostHolders bounds the state: far more worker processes than read one account.
	mostHolders = 200
	// mostSlots bounds what one process may say.
	mostSlots = 10_000
	// mostQuiet is the longest that a fetcher heeds of a Retry-After.
	mostQuiet = 15 * time.Minute
	// maxProcess bounds the name of a process in bytes.
	maxProcess = 200

	// cutAgain is how soon refusals halve the room once more: those of one burst do it once.
	cutAgain = 5 * time.Second
	// regrow is how long it takes to dare one slot more after a refusal.
	regrow = 10 * time.Second
)

// check refuses what no worker of ours sends, before it reaches history.
func (b *budget) check(in contract.LeaseIn) error {
	wrong := func(field, format string, args ...any) error {
		return fault.New(fault.InvalidSpec, format, args...).WithField(field)
	}
	switch {
	case in.Process == "" || len(in.Process) > maxProcess:
		return wrong("process", "is %d bytes long, must be 1 to %d", len(in.Process), maxProcess)
	case in.Seq < 1:
		return wrong("seq", "%d must be 1 or more", in.Seq)
	case in.Cap < 1 || in.Cap > mostSlots:
		return wrong("cap", "%d must be 1 to %d", in.Cap, mostSlots)
	case in.Holds < 0 || in.Holds > mostSlots:
		return wrong("holds", "%d must be 0 to %d", in.Holds, mostSlots)
	case in.Refused < 0:
		return wrong("refused", "%d is less than nothing", in.Refused)
	case in.Quiet < 0 || in.Quiet > mostQuiet:
		return wrong("quiet", "%s must be 0s to %s", in.Quiet, mostQuiet)
	case len(b.Holders) >= mostHolders && b.find(in.Process) < 0:
		return fault.New(fault.LimitReached, "%d processes share this budget already", mostHolders)
	}
	for _, n := range in.Wants {
		if n < 0 || n > mostSlots {
			return wrong("wants", "%d must be 0 to %d", n, mostSlots)
		}
	}
	return nil
}

// lease answers one process, and shows what came of it.
func (b *budget) lease(ctx workflow.Context, in contract.LeaseIn) (contract.LeaseOut, error) {
	b.updates++
	b.last = workflow.Now(ctx)
	out := b.answer(in, b.last)
	b.show(ctx)
	return out, nil
}

// answer lends what there is. What a process says that it may be using counts as taken until
// it says less, so however many ask at once, the sum never passes the cap.
func (b *budget) answer(in contract.LeaseIn, now time.Time) contract.LeaseOut {
	b.expire(now)
	out := contract.LeaseOut{Again: renewEvery}
	h := b.holder(in.Process, now)
	if in.Seq <= h.Seq { // overtaken on its way: nobody reads the answer
		return out
	}
	h.Used += time.Duration(h.Holds) * now.Sub(h.At)
	h.Seq, h.Cap, h.Holds, h.Wants, h.At, h.Until = in.Seq, in.Cap, in.Holds, in.Wants, now, now.Add(leaseFor)
	b.refuse(in, now)
	out.Quiet = max(b.QuietUntil.Sub(now), 0)
	out.Slots, out.Held = b.grant(h, now)
	if h.Holds = max(h.Holds, out.Slots); h.Holds > 0 {
		out.For = leaseFor
	}
	b.Holders = slices.DeleteFunc(b.Holders, func(h contract.BudgetHolder) bool { return h.Holds == 0 && h.Wants.Sum() == 0 })
	return out
}

// expire forgets the processes that did not renew in time.
func (b *budget) expire(now time.Time) {
	b.Holders = slices.DeleteFunc(b.Holders, func(h contract.BudgetHolder) bool { return !now.Before(h.Until) })
}

func (b *budget) find(process string) int {
	return slices.IndexFunc(b.Holders, func(h contract.BudgetHolder) bool { return h.Process == process })
}

// holder returns the process's line, a new one if it has none: that stands beside whoever had
// least so far.
func (b *budget) holder(process string, now time.Time) *contract.BudgetHolder {
	i := b.find(process)
	if i < 0 {
		h := contract.BudgetHolder{Process: process, At: now}
		for i, other := range b.Holders {
			if i == 0 || other.Used < h.Used {
				h.Used = other.Used
			}
		}
		byName := func(h contract.BudgetHolder, name string) int { return strings.Compare(h.Process, name) }
		i, _ = slices.BinarySearchFunc(b.Holders, process, byName)
		b.Holders = slices.Insert(b.Holders, i, h)
	}
	return &b.Holders[i]
}

// refuse notes that the platform refused: it gets half as many requests for a while, and none
// for as long as it asked.
func (b *budget) refuse(in contract.LeaseIn, now time.Time) {
	if quiet := now.Add(in.Quiet); quiet.After(b.QuietUntil) {
		b.QuietUntil = quiet
	}
	if in.Refused == 0 {
		return
	}
	room := b.room(now)
	if now.Sub(b.Cut) >= cutAgain {
		room, b.Cut = max(room/2, 1), now
	}
	b.Room, b.Refused = room, now
}

// room is how many requests may be under way now: as many as the most careful of the
// settings allows, fewer after refusals.
func (b *budget) room(now time.Time) int {
	room := mostSlots
	for _, h := range b.Holders {
		room = min(room, h.Cap)
	}
	if b.Refused.IsZero() {
		return room
	}
	return min(room, b.Room+int(now.Sub(b.Refused)/regrow))
}

// grant is how many slots the process may have: its share, as far as nobody else has it. Held
// turns must not use them.
func (b *budget) grant(h *contract.BudgetHolder, now time.Time) (slots, held int) {
	room := b.room(now)
	others := 0
	for _, other := range b.Holders {
		if other.Process != h.Process {
			others += other.Holds
		}
	}
	given, held := share(room, b.Holders)
	return max(min(given[h.Process], room-others), 0), held
}
