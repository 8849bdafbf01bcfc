package webhook

import (
	"time"

	"transporter/internal/sandbox/installs"
)

// retryWait is between the tries of a delivery whose retries are counted (Connector API,
// "Webhooks: retry policy").
const retryWait = 30 * time.Second

// deliver posts a batch and settles what came of it.
func (q *queue) deliver(l *lane, i *installs.Installation, batch []*delivery) {
	o := q.sender.post(i, batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	l.sending = 0
	q.busy--
	if q.sender.ctx.Err() != nil {
		return
	}
	q.watch(&o)
	q.settle(l, i, batch, &o)
	if q.state == Down {
		q.afterProbe()
	}
	q.schedule(l)
	q.run()
}

// settle keeps or removes a batch by its outcome and the app's retry policy.
func (q *queue) settle(l *lane, i *installs.Installation, batch []*delivery, o *outcome) {
	retention := i.Capabilities.Webhooks.Retention > 0
	switch {
	case o.err == nil || batch[0].duplicate:
		q.note(batch, o, Delivered)
		q.remove(l, len(batch))
	case retention && !o.endpoint.Excepted():
		q.note(batch, o, Failed)
		q.fail(o.endpoint.URL)
	case !retention && batch[0].tries <= o.endpoint.Retries():
		q.note(batch, o, Failed)
		q.unqueue(l, len(batch))
		for _, d := range batch {
			q.later(q.sender.settings.Load().wait(retryWait), func() { q.alone(d) })
		}
	default:
		q.note(batch, o, Dropped)
		q.remove(l, len(batch))
	}
}

// unqueue takes n deliveries off a lane's head.
func (q *queue) unqueue(l *lane, n int) {
	q.replayed(l.drop(n))
}

// remove takes n deliveries off a lane's head for good.
func (q *queue) remove(l *lane, n int) {
	for _, d := range l.waiting[:n] {
		q.size--
		q.bytes -= len(d.Change)
	}
	q.unqueue(l, n)
}

// drop notes that a delivery is not made.
func (q *queue) drop(d *delivery, reason string) {
	q.total.Dropped++
	a := d.attempt(Dropped)
	a.At, a.Error = q.sender.now(), reason
	q.sender.note(a)
}

// note keeps what came of a post, once for each delivery in it.
func (q *queue) note(batch []*delivery, o *outcome, what string) {
	if o.err != nil && batch[0].duplicate {
		what = Dropped
	}
	for _, d := range batch {
		a := d.attempt(what)
		a.Try, a.At, a.TookMS = d.tries, o.at, o.took.Milliseconds()
		a.Endpoint, a.Target, a.Status = o.endpoint.URL, o.target, o.status
		a.Changes, a.Signature, a.Body = len(batch), o.signed, string(o.body)
		if o.err != nil {
			a.Error = o.err.Error()
		}
		q.sender.note(a)
	}
	switch {
	case batch[0].duplicate:
	case what == Delivered:
		q.total.Delivered += len(batch)
	case what == Failed:
		q.total.Failed += len(batch)
	default:
		q.total.Dropped += len(batch)
	}
}

func (d *delivery) attempt(outcome string) Attempt {
	return Attempt{
		Delivery: d.id, Account: d.Account, App: d.App, Conversation: d.Conversation, Type: d.Type,
		Changes: 1, Duplicate: d.duplicate, Outcome: outcome,
	}
}
