package webhook

import (
	"strconv"
	"sync"
	"time"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/live"
)

const (
	// atOnce is how many posts to one app may be under way.
	atOnce = 64
	// mostStored bounds the changes that are kept for one app, in bytes; what comes then is dropped.
	mostStored = 256 << 20
)

// queue is what waits for one app.
type queue struct {
	sender *Sender
	client

	mu             sync.Mutex
	state          State
	lanes          map[string]*lane // of conversations with anything waiting
	direct, stored []*lane          // that may go; what is stored goes behind
	busy           int              // posts under way
	bytes, size    int              // of what waits
	taken          uint64           // notifications so far
	outage
	slow  map[string]time.Time // by endpoint: since when it is slow without a break
	total Status
}

func newQueue(s *Sender, c client) *queue {
	return &queue{sender: s, client: c, state: Up, lanes: map[string]*lane{}, slow: map[string]time.Time{}}
}

func (q *queue) status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.total
	s.Account, s.App, s.State, s.Stored, s.UnderWay = q.account, q.app, q.state, q.size, q.busy
	i, _ := q.sender.apps.Get(q.account, q.app)
	s.Enabled = i != nil && i.Usable()
	return s
}

// take stores a notification, spoilt by the faults that are switched on.
func (q *queue) take(n live.Notification) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken++
	set := q.sender.settings.Load()
	now := q.sender.now()
	d := &delivery{
		Notification: n, id: q.sender.ids.Add(1), taken: now,
		due: now.Add(time.Duration(set.Faults.DelayMS) * time.Millisecond),
	}
	switch {
	case q.bytes+len(n.Change) > mostStored:
		q.drop(d, "the app's store is full")
		return
	case set.Faults.hits(set.Faults.Drop, drawDrop, q.taken):
		q.drop(d, "dropped by a fault")
		return
	}
	l := q.lane(n.Conversation)
	q.arrive(l, d, &set.Faults)
	if set.Faults.hits(set.Faults.Duplicate, drawDuplicate, q.taken) {
		again := *d
		again.duplicate = true
		q.arrive(l, &again, &set.Faults)
	}
	q.schedule(l)
}

func (q *queue) lane(key string) *lane {
	if q.lanes[key] == nil {
		q.lanes[key] = &lane{key: key}
	}
	return q.lanes[key]
}

// append puts a delivery at a lane's end.
func (q *queue) append(l *lane, d *delivery) {
	l.waiting = append(l.waiting, d)
	q.waitInTurn(l, d)
}

// alone gives a delivery a lane of its own: no order is kept for it.
func (q *queue) alone(d *delivery) {
	l := q.lane("alone " + strconv.FormatUint(d.id, 10))
	l.waiting = append(l.waiting, d)
	q.schedule(l)
}

// schedule lets a lane go whose head is due; one whose head is not is woken later.
func (q *queue) schedule(l *lane) {
	if l.empty() {
		if q.lanes[l.key] == l { // not one that came after it
			delete(q.lanes, l.key)
		}
		return
	}
	if l.sending > 0 || l.queued || l.timer || len(l.waiting) == 0 || q.state == Down {
		return
	}
	if wait := l.waiting[0].due.Sub(q.sender.now()); wait > 0 {
		l.timer = true
		q.later(wait, func() { l.timer = false; q.schedule(l) })
		return
	}
	l.queued = true
	if l.stored {
		q.stored = append(q.stored, l)
	} else {
		q.direct = append(q.direct, l)
	}
	q.run()
}

// run starts posts while there is room for them.
func (q *queue) run() {
	for q.busy < atOnce && q.state != Down {
		l := q.next()
		if l == nil {
			return
		}
		q.start(l)
	}
}

func (q *queue) next() *lane {
	from := &q.direct
	if len(*from) == 0 {
		from = &q.stored
	}
	if len(*from) == 0 {
		return nil
	}
	l := (*from)[0]
	(*from)[0] = nil
	*from = (*from)[1:]
	l.queued = false
	return l
}

// start posts what is at a lane's head, if it is still wanted.
func (q *queue) start(l *lane) {
	i := q.prune(l)
	if len(l.waiting) == 0 || q.sender.ctx.Err() != nil {
		q.schedule(l)
		return
	}
	batch := l.head(q.sender.settings.Load().Changes)
	for _, d := range batch {
		d.tries++
	}
	l.sending = len(batch)
	q.busy++
	q.sender.posts.Go(func() { q.deliver(l, i, batch) })
}

// prune drops from a lane's head what is not wanted any more, and returns the app.
func (q *queue) prune(l *lane) *installs.Installation {
	i, _ := q.sender.apps.Get(q.account, q.app)
	for len(l.waiting) > 0 {
		reason := unwanted(i, l.waiting[0], q.sender.now())
		if reason == "" {
			break
		}
		q.drop(l.waiting[0], reason)
		q.remove(l, 1)
	}
	return i
}

// unwanted says why a delivery is not to be made any more; "" if it is.
func unwanted(i *installs.Installation, d *delivery, now time.Time) string {
	if i == nil || !i.Usable() {
		return "the app is disabled or deleted"
	}
	hooks := &i.Capabilities.Webhooks
	if _, ok := hooks.Endpoints[d.Type]; !ok {
		return "the app has no endpoint for it any more"
	}
	if hooks.Retention > 0 && now.Sub(d.taken) > hooks.Retention {
		return "older than the retention time"
	}
	return ""
}

// later does something after a wait, unless the sender is closed by then.
func (q *queue) later(wait time.Duration, do func()) {
	time.AfterFunc(wait, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.sender.ctx.Err() == nil {
			do()
		}
	})
}
