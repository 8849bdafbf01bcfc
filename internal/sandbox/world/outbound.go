package world

import (
	"cmp"
	"fmt"
	"slices"
)

// Apps that send messages to consumers: Proactive Messaging and Connect To Messaging.
const (
	AppProactive = "prmsg"
	AppConnect   = "c2m"
)

// Outbound is one message that the brand sent to a consumer, as known at a moment. Times that
// have not come are zero.
type Outbound struct {
	ID, App, Channel, Skill string
	Consumer                string // a phone number
	Campaign                string // of Proactive Messaging
	Conversation            string // that the consumer began by answering; empty: none

	Attempted, Eligible, Invited, Sent, Delivered, Read int64
	Created, Closed                                     int64 // of the conversation
	Failed, Skipped                                     int64
	Failure                                             *OutboundFailure
}

// OutboundFailure is an entry of the published error dictionary.
type OutboundFailure struct{ Source, Code, Message string }

var outboundFailures = map[string][]OutboundFailure{
	AppProactive: {
		{"proactive", "1001", "Consumer ineligible to receive message"},
		{"proactive", "1400", "Open conversation already exists"},
		{"twilio", "30003", "Twilio error - Unreachable destination"},
	},
	AppConnect: {
		{"c2m", "1001", "Consumer ineligible to receive message"},
		{"c2m", "1300", "No engagement found for skill"},
	},
}

const (
	// answerWithin is how long a consumer takes to answer at most.
	answerWithin = 10 * hourMS
	// outboundLag is how late the reporting API knows of an event (Outbound Reporting API,
	// limitations).
	outboundLag = 20 * minuteMS
	// unanswered bounds the messages that led to nothing for each conversation.
	unanswered = 3
)

// channelsOf are the outbound channels by a conversation's source; other conversations do not
// begin with a message of the brand's.
var channelsOf = map[string]string{"SMS": "sms", "APP": "inapp", "WhatsApp Business": "wa"}

var outboundChannels = []string{"sms", "wa", "inapp"}

// Outbound lists the messages of an app that were attempted in [from, to) and are known by now,
// ordered by attempt and id.
func (a *Account) Outbound(app string, from, to, now int64) (out []Outbound) {
	for n, last := a.first(from), a.first(to+answerWithin); n < last; n++ {
		for i := range int64(unanswered) {
			x, known := a.outbound(n, i, now)
			if known && x.App == app && x.Attempted >= from && x.Attempted < to {
				out = append(out, x)
			}
		}
	}
	slices.SortFunc(out, func(x, y Outbound) int {
		return cmp.Or(cmp.Compare(x.Attempted, y.Attempted), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// outbound makes message i of conversation n: the first began it if its source allows that, the
// others led to nothing. The lag is one of the message's, so that it is seen to grow in order.
func (a *Account) outbound(n, i, now int64) (x Outbound, known bool) {
	r := a.random(streamOutbound, n*unanswered+i)
	t, traits := a.times(n), a.traitsOf(n)
	channel, began := channelsOf[sources[traits.source]]
	began = began && i == 0
	if !began {
		channel = outboundChannels[r.below(len(outboundChannels))]
	}
	x = Outbound{
		ID:  string(appendUUID(nil, a.uuid(outboundID, n*unanswered+i))),
		App: AppProactive, Channel: channel, Skill: a.directory.skillName(r.below(len(a.directory.skills))),
		Consumer: fmt.Sprintf("+1555%07d", mix(uint64(a.consumer(n))^a.seed)%10_000_000),
	}
	x.Attempted = t.start - r.between(2*minuteMS, answerWithin)
	if r.chance(300) {
		x.App = AppConnect
	} else {
		x.Campaign = fmt.Sprintf("campaign%d", x.Attempted/dayMS)
	}
	asOf := now - int64(r.below(int(outboundLag)))
	a.send(&x, &r, began)
	if began {
		x.Created, x.Closed = t.start, t.end
		x.Conversation = string(appendUUID(nil, a.uuid(conversationID, n)))
	}
	x.at(asOf)
	return x, x.Attempted <= asOf
}

// send lets the message go its way. One that began a conversation arrived; of the others some
// fail, and some are skipped because the consumer does not want any.
func (a *Account) send(x *Outbound, r *random, began bool) {
	at := x.Attempted
	next := func(most int64) int64 { at += r.between(20, most); return at }
	switch p := r.below(1000); {
	case !began && p < 60:
		x.Skipped = next(500)
		return
	case !began && p < 180:
		list := outboundFailures[x.App]
		x.Failed, x.Failure = next(500), &list[r.below(len(list))]
		return
	}
	x.Eligible, x.Invited, x.Sent = next(200), next(400), next(200)
	delivered := next(50 * secondMS)
	if began || r.chance(600) {
		x.Read = next(60 * secondMS)
	}
	// WhatsApp may report a message read that it never reported delivered; SMS knows no reading.
	if x.Channel != "wa" || x.Read == 0 || r.chance(700) {
		x.Delivered = delivered
	}
	if x.Channel == "sms" {
		x.Read = 0
	}
}

// at forgets what had not happened by then.
func (x *Outbound) at(asOf int64) {
	for _, t := range []*int64{&x.Eligible, &x.Invited, &x.Sent, &x.Delivered, &x.Read, &x.Created, &x.Closed, &x.Failed, &x.Skipped} {
		if *t > asOf {
			*t = 0
		}
	}
	if x.Created == 0 {
		x.Conversation = ""
	}
	if x.Failed == 0 {
		x.Failure = nil
	}
}
