package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

const (
	// historyLag is how far the platform's history is behind ("Messaging Interactions API": about a
	// minute): so long after a request that may have taken effect it cannot be said that it has not.
	historyLag = time.Minute
	// lookAgain is how long after a look at the history another may tell more.
	lookAgain = 10 * time.Second
	// skew is by how much the platform's clock may be behind ours.
	skew = 5 * time.Second
)

// tried is what the attempts so far are known to have done; a heartbeat carries it to the next.
type tried struct {
	Attempt int32 `json:"attempt"` // the last of them, unfinished while more of it is to come
	// Maybe is when the last request was made that may have taken effect, epoch milliseconds; 0
	// if none was.
	Maybe int64 `json:"maybe,omitempty"`
	// Unknown says that one of them left no word: it may have gone on to whatever comes next.
	Unknown bool `json:"unknown,omitempty"`
	// Opened is the conversation that is known to be open.
	Opened *contract.OpenOut `json:"opened,omitempty"`
}

// unfinished is no attempt's number: of one that leaves it the next knows what it has done, and not
// what it went on to.
const unfinished = 0

// attempt is one attempt at a request that must not be made twice.
type attempt struct {
	number int32
	began  int64 // of the first attempt under the key, epoch milliseconds
	last   tried
	keep   func(tried) // for the next attempt; what is requested after it is not in it
	now    func() time.Time
}

// startAttempt reads what the attempts before left, and a request before under the same key. Of an
// attempt that left nothing (its worker was killed) everything is possible until this one began.
// Heartbeats go on until end is called.
func (c *Connector) startAttempt(ctx context.Context, before *contract.Doubt) (a *attempt, end func()) {
	info := activity.GetInfo(ctx)
	a = newAttempt(info.Attempt, info.ScheduledTime, before, c.Now)
	if activity.HasHeartbeatDetails(ctx) {
		var last tried
		if err := activity.GetHeartbeatDetails(ctx, &last); err == nil {
			a.last = last
		}
	}
	w := &word{last: a.last, tell: func(t tried) { activity.RecordHeartbeat(ctx, t) }}
	a.keep = w.keep
	a.doubt()
	return a, w.repeat(info.HeartbeatTimeout / beatsPerTimeout)
}

func newAttempt(number int32, scheduled time.Time, before *contract.Doubt, now func() time.Time) *attempt {
	a := &attempt{number: number, began: scheduled.UnixMilli(), now: now}
	if before != nil {
		a.began = min(a.began, before.Since)
		a.last = tried{Maybe: before.Maybe, Unknown: before.Unknown, Opened: before.Opened}
	}
	return a
}

// failed is the error of the attempt as Temporal takes it, with what the next request under the key
// has to know.
func (a *attempt) failed(err error) error { return toTemporal(err, a.left()) }

// final is failed of an error that no other attempt can mend.
func (a *attempt) final(f *fault.Error) error {
	return temporal.NewNonRetryableApplicationError(clip(f.Error()), string(f.Kind), nil, a.left())
}

// left is what the next request under the key has to know.
func (a *attempt) left() contract.Doubt {
	return contract.Doubt{Since: a.began, Maybe: a.last.Maybe, Unknown: a.last.Unknown, Opened: a.last.Opened}
}

// doubt completes what is not known of the attempt before.
func (a *attempt) doubt() {
	if a.number > 1 && a.last.Attempt != a.number-1 {
		a.last.Maybe, a.last.Unknown = a.now().UnixMilli(), true
	}
	a.last.Attempt = a.number
}

// once makes a request that must not be made twice. After an attempt that may have taken effect it
// looks for the effect first, and makes the request again only when the effect would be there to
// be seen and is not: a duplicate needs a history that is further behind than historyLag.
func once[Out any](ctx context.Context, a *attempt, look func(context.Context) (Out, bool, error), request func(context.Context) (Out, error)) (Out, error) {
	var none Out
	if a.last.Maybe != 0 {
		out, found, err := look(ctx)
		if err == nil && found {
			return out, nil
		}
		if err != nil {
			a.keep(a.last)
			return none, fault.New(fault.KindOf(err), "whether the platform took it is not known: %w", err).After(retryAfterOf(err))
		}
		if wait := historyLag - a.now().Sub(time.UnixMilli(a.last.Maybe)); wait > 0 {
			a.keep(a.last)
			return none, fault.New(fault.NotReady, "whether the platform took it is not known yet; its history is asked again").
				After(min(wait, lookAgain))
		}
	}
	a.last.Maybe, a.last.Unknown = 0, false // none of the attempts before did
	sent := a.now()
	out, err := request(ctx)
	return out, a.note(sent, err)
}

// note keeps for the next attempt what became of a request, and returns its error with when that is
// to be.
func (a *attempt) note(sent time.Time, err error) error {
	if connector.Ambiguous(err) {
		a.last.Maybe = sent.UnixMilli()
	}
	if err != nil {
		a.keep(a.last)
	}
	return paced(err, a.number)
}
