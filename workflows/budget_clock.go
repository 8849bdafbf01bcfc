package workflows

import "time"

// notAhead takes over the times of an execution whose clock was ahead of this one's: within one the clock
// never goes back, but the server's may have been set back since. Else dead processes would keep their slots,
// and nobody would get one, for as long as the clock was ahead.
func (b *budget) notAhead(now time.Time) {
	for i := range b.Holders {
		h := &b.Holders[i]
		h.At, h.Until = earlier(h.At, now), earlier(h.Until, now.Add(leaseFor))
	}
	b.Cut, b.Refused = earlier(b.Cut, now), earlier(b.Refused, now)
	b.QuietUntil = earlier(b.QuietUntil, now.Add(mostQuiet))
}
