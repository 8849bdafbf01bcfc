package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load sends events of conversations for a while: senders take turns among their own
// conversations, or all of them share all, and each waits for its answer before it sends again.
type load struct {
	senders       int
	conversations []*talk
	shared        bool
}

// talk is a conversation and its next number.
type talk struct {
	id   string
	next atomic.Int64
}

func talks(prefix string, n int) []*talk {
	all := make([]*talk, n)
	for i := range all {
		all[i] = &talk{id: fmt.Sprintf("%s-%d", prefix, i)}
	}
	return all
}

// pace is what a load came to.
type pace struct {
	rate      float64         // taken a second
	lasted    time.Duration   // until the last was answered
	count     int             // taken
	givenBack int             // and sent again
	took      []time.Duration // of each answer, ascending
}

// send sends one event; taken is false if it is to be sent again.
type send func(ctx context.Context, id string, sequence int) (taken bool, err error)

// run sends until the time is up. The first error ends it.
func (l load) run(ctx context.Context, d time.Duration, one send) (pace, error) {
	began := time.Now()
	end := began.Add(d)
	all := make([]pace, l.senders)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for s := range l.senders {
		wg.Go(func() {
			for turn := 0; ctx.Err() == nil && time.Now().Before(end); turn++ {
				t := l.pick(s, turn)
				if err := all[s].send(ctx, one, t.id, int(t.next.Add(1)-1)); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	var m pace
	for _, p := range all {
		m.count, m.givenBack, m.took = m.count+p.count, m.givenBack+p.givenBack, append(m.took, p.took...)
	}
	slices.Sort(m.took)
	m.lasted = time.Since(began)
	m.rate = float64(m.count) / m.lasted.Seconds()
	return m, context.Cause(ctx)
}

// goOn adds what came next, after a pause that does not count.
func (p *pace) goOn(next pace, err error) error {
	p.count, p.givenBack, p.took = p.count+next.count, p.givenBack+next.givenBack, append(p.took, next.took...)
	p.lasted += next.lasted
	p.rate = float64(p.count) / p.lasted.Seconds()
	return err
}

// send sends one event until it is taken, as the platform repeats what it is given back.
func (p *pace) send(ctx context.Context, one send, id string, sequence int) error {
	for {
		at := time.Now()
		taken, err := one(ctx, id, sequence)
		if err != nil {
			return err
		}
		p.took = append(p.took, time.Since(at))
		if taken {
			p.count++
			return nil
		}
		p.givenBack++
	}
}

// pick returns the conversation of a sender's turn: one that no other sender has, unless shared.
func (l load) pick(sender, turn int) *talk {
	if l.shared {
		return l.conversations[(sender+turn)%len(l.conversations)]
	}
	own := len(l.conversations) / l.senders
	return l.conversations[sender*own+turn%own]
}

// quantile returns the time within which the share was answered.
func quantile(took []time.Duration, share float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return took[min(len(took)-1, int(share*float64(len(took))))]
}
