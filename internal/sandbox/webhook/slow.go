package webhook

import "time"

// An app is disabled when an endpoint takes longer than slowAnswer for longer than slowFor without
// one quick answer between (Connector API, "Webhooks: disclaimers").
const (
	slowAnswer = 2500 * time.Millisecond
	slowFor    = 2 * time.Minute
)

// watch disables the app if the endpoint of the outcome is slow for too long.
func (q *queue) watch(o *outcome) {
	url := o.endpoint.URL
	if o.took <= slowAnswer {
		delete(q.slow, url)
		return
	}
	since, known := q.slow[url]
	if !known {
		q.slow[url] = o.at
		return
	}
	if o.at.Add(o.took).Sub(since) > slowFor {
		delete(q.slow, url)
		q.sender.apps.Disable(q.account, q.app)
	}
}
