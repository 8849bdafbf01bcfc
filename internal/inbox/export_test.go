package inbox

import "time"

// Wait lets deliveries take longer, for a test that holds them.
func (in *Inbox) Wait(patience time.Duration) { in.patience = patience }

// Queued returns how many events wait for a signal or are in one.
func (in *Inbox) Queued() (n int) {
	in.queue.mu.Lock()
	defer in.queue.mu.Unlock()
	for _, l := range in.queue.lanes {
		for _, b := range append([]*batch{l.under}, l.waiting...) {
			if b != nil { // not begun yet
				n += len(b.events)
			}
		}
	}
	return n
}
