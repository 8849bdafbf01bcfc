package activities

import (
	"sync"
	"time"
)

// word is what an attempt leaves to the next one. Until it says something itself it is what the
// attempt before left, so that of one that dies nothing is believed.
type word struct {
	mu   sync.Mutex
	last tried
	tell func(tried)
}

func (w *word) keep(t tried) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = t
	w.tell(t)
}

// repeat says it again and again, until end is called: a worker that does not is dead.
func (w *word) repeat(every time.Duration) (end func()) {
	if every <= 0 {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	tick := time.NewTicker(every)
	go func() {
		defer close(stopped)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				w.again()
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

func (w *word) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(w.last)
}
