package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/devstack"
	"transporter/internal/webhook"
)

// The load of webhooks: what is promised, and how it is made.
const (
	webhookTalks   = 500 // conversations
	webhookSenders = 50  // each with ten of its own: nothing queues
	busyTalks      = 10
	busySenders    = 500             // fifty to a conversation: they queue
	webhookRounds  = 3               // of ours and of the bare calls, in turns
	webhookSlice   = 5 * time.Second // of a round, after which the other has its turn

	leastOfBare  = 0.8
	leastQueued  = 3.0
	slowestHook  = 2500 * time.Millisecond // slower endpoints are disabled by the platform
	mostGrowth   = 1.10
	growthEvents = 100_000
	turnOfGroup  = 250 * time.Millisecond // of ten conversations, when all are filled
	mostTurns    = 100                    // of each ten, however slow the machine
)

// webhooks measures how many deliveries a second the api takes, beside bare calls of
// SignalWithStart with the same payload and codec, on the same server with the same worker, and
// how memory grows.
func (b *bench) webhooks(ctx context.Context) (err error) {
	if b.webhookSeconds == 0 {
		return nil
	}
	c, err := b.stackConfig("webhooks", newLogin())
	if err != nil {
		return err
	}
	c.Sandbox[len(c.Sandbox)-1] = platformAccount + "=1000" // its data are not read
	stack, err := devstack.Open(ctx, c, func(string, ...any) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close()) }()
	p, err := newPlatformSide(ctx, stack)
	if err != nil {
		return err
	}
	defer p.close()
	w := &webhookBench{bench: b, platformSide: p, each: time.Duration(b.webhookSeconds) * time.Second / webhookRounds}
	apart := load{senders: webhookSenders, conversations: talks("apart", webhookTalks)}
	busy := load{senders: busySenders, conversations: talks("busy", busyTalks), shared: true}
	for _, l := range []load{apart, busy} { // the processes grow to their size
		if _, err := l.run(ctx, w.each/2, w.deliver); err != nil {
			return err
		}
	}
	// A conversation keeps its last messages, at most so many: until each has had as many its
	// state grows, whatever comes after.
	if err := w.fill(ctx, apart.conversations, growthEvents); err != nil {
		return err
	}
	grew := w.growth(ctx, apart.conversations)
	err = errors.Join(grew, w.beside(ctx, apart), w.queued(ctx, busy))
	for name, kib := range w.memory() {
		w.out.remark("resident memory of the %s after all of these loads: %d MiB", name, kib>>10)
	}
	return err
}

// fill sends so many events, if the measurement is to be judged at all: to a few conversations at a
// time, whose events queue up, and to each of them as many. It ends when the worker has read them.
func (w *webhookBench) fill(ctx context.Context, all []*talk, events int) error {
	if !w.judged() {
		return nil
	}
	groups := slices.Collect(slices.Chunk(all, busyTalks))
	for _, group := range groups {
		l := load{senders: busySenders, conversations: group, shared: true}
		for turn, taken := 0, 0; taken < events/len(groups) && turn < mostTurns; turn++ {
			m, err := l.run(ctx, turnOfGroup, w.deliver)
			if err != nil {
				return err
			}
			taken += m.count
			w.sent += m.count
		}
	}
	return w.read(ctx, all)
}

// read waits until the worker has read what was sent: it answers a query after the events before it.
func (w *webhookBench) read(ctx context.Context, all []*talk) error {
	for _, t := range all {
		if _, err := w.client.QueryWorkflow(ctx, contract.ConversationID(w.account, t.id), "", contract.QueryConversation); err != nil {
			return fmt.Errorf("wait until conversation %s is read: %w", t.id, err)
		}
	}
	return nil
}

// webhookBench is one measurement.
type webhookBench struct {
	*bench
	*platformSide
	each time.Duration // of a round
	sent int           // deliveries that were taken so far
}

// judged reports whether it lasts long enough for its figures to mean something.
func (w *webhookBench) judged() bool { return w.webhookSeconds >= webhookWhole }

// turns measures ours and the bare calls, in turns of seconds: what the machine beneath takes away for
// a while is taken from both, and neither has a server that rests.
func (w *webhookBench) turns(ctx context.Context, l load) (ours, bare, ratio spread, all pace, err error) {
	var o, r, q []float64
	before, again := processorsNow(), 0
	for range webhookRounds {
		var mine, theirs pace
		for mine.lasted < w.each && err == nil {
			err = errors.Join(mine.goOn(l.run(ctx, min(webhookSlice, w.each), w.deliver)),
				theirs.goOn(l.run(ctx, min(webhookSlice, w.each), w.signal)))
		}
		if err != nil {
			return ours, bare, ratio, all, err
		}
		w.sent += mine.count
		again += theirs.givenBack
		all.givenBack, all.took = all.givenBack+mine.givenBack, append(all.took, mine.took...)
		o, r, q = append(o, mine.rate), append(r, theirs.rate), append(q, mine.rate/theirs.rate)
	}
	w.out.remark("webhooks: the machine beneath took %.0f %% of the processors' time; %d bare calls were not taken, and made again",
		100*processorsNow().since(before), again)
	slices.Sort(all.took)
	return spreadOf(o), spreadOf(r), spreadOf(q), all, nil
}

// beside is one change a delivery, and nothing that queues.
func (w *webhookBench) beside(ctx context.Context, l load) error {
	ours, bare, ratio, all, err := w.turns(ctx, l)
	if err != nil {
		return err
	}
	slow := quantile(all.took, 0.999)
	w.out.remark("webhooks, one change a delivery over %d conversations: %s a second, beside %s bare SignalWithStart calls: %s times, promised are %g",
		len(l.conversations), ours.text(0), bare.text(0), ratio.text(2), leastOfBare)
	w.out.remark("webhooks are answered within %s (p50), %s (p99), %s (p99.9), promised are %s; %d were given back, because Temporal did not answer in time, and sent again",
		short(quantile(all.took, 0.5)), short(quantile(all.took, 0.99)), short(slow), slowestHook, all.givenBack)
	if w.judged() && (ratio.median < leastOfBare || slow > slowestHook) {
		return fmt.Errorf("webhooks: %.2f times the bare calls and %s at p99.9, promised are %g and %s", ratio.median, slow, leastOfBare, slowestHook)
	}
	return nil
}

// queued is many deliveries for few conversations, beside a bare call for each event.
func (w *webhookBench) queued(ctx context.Context, l load) error {
	ours, bare, ratio, all, err := w.turns(ctx, l)
	if err != nil {
		return err
	}
	w.out.remark("webhooks that queue up, %d senders over %d conversations: %s events a second, beside %s bare calls: %s times, promised are %g; answered within %s (p99.9), %d given back",
		l.senders, len(l.conversations), ours.text(0), bare.text(0), ratio.text(1), leastQueued, short(quantile(all.took, 0.999)), all.givenBack)
	if w.judged() && ratio.median < leastQueued {
		return fmt.Errorf("webhooks that queue up: %.1f times the bare calls, promised are %g", ratio.median, leastQueued)
	}
	return nil
}

// growth sends as many events again and looks at the memory of both processes.
func (w *webhookBench) growth(ctx context.Context, all []*talk) error {
	before := w.memory()
	w.sent = 0
	if err := w.fill(ctx, all, growthEvents); err != nil {
		return err
	}
	var errs []error
	for name, after := range w.memory() {
		grown := float64(after) / float64(before[name])
		w.out.remark("resident memory of the %s over %d webhook deliveries: %d to %d MiB, %+.0f %%, promised are at most %.0f %%",
			name, w.sent, before[name]>>10, after>>10, 100*(grown-1), 100*(mostGrowth-1))
		if grown > mostGrowth && w.sent >= growthEvents {
			errs = append(errs, fmt.Errorf("the %s grew to %.2f times its memory over %d deliveries", name, grown, w.sent))
		}
	}
	return errors.Join(errs...)
}

// memory returns the resident memory of api and worker in KiB, on Linux.
func (w *webhookBench) memory() map[string]int {
	all := map[string]int{}
	for name, p := range map[string]*devstack.Process{"api": w.stack.API, "worker": w.stack.Worker} {
		kib, err := strconv.Atoi(found(fmt.Sprintf("/proc/%d/status", p.PID()), `VmRSS:\s*(\d+) kB`, ""))
		if err == nil {
			all[name] = kib
		}
	}
	return all
}

// signal is the bare call. One that the server does not take is made again, as a delivery is:
// the dev server on SQLite at times loses its own namespace under load, for as long as it takes
// to read it again.
func (w *webhookBench) signal(ctx context.Context, id string, sequence int) (taken bool, err error) {
	changes, err := webhook.Decode(body(id, sequence), webhook.Limits{})
	if err != nil {
		return false, err
	}
	ref := contract.ConversationRef{Account: w.account, App: w.app, Conversation: id}
	err = w.conversations.Deliver(ctx, ref, []conversation.Event{changes[0].Event})
	return err == nil, ctx.Err()
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }
