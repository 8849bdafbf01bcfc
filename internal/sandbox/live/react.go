package live

import (
	"slices"
	"time"
)

// Features that a client may declare in its Client-Properties.
const (
	FeatureAutoMessages = "AUTO_MESSAGES"
	FeatureMultiDialog  = "MULTI_DIALOG"
)

// firstMessageWithin is how soon after the creation the first message must come for auto messages
// to be sent (Connector API, "Auto messages").
const firstMessageWithin = 10 * time.Second

// controllerName names the bot of auto messages, which takes part where they are asked for.
const (
	controllerName   = "controller"
	firstAutoMessage = "Thank you for your message. Someone will be with you shortly."
)

// react lets the bots do what the consumer's event asks for.
func (e *Engine) react(c *conversation, d *dialog, ev *event, by Caller) {
	if ev.Type != eventContent && ev.Type != eventRich {
		return
	}
	if d.kind == typePostSurvey {
		e.takeAnswer(c, ev.text())
		return
	}
	early := !c.spoken() && e.now() < c.started+firstMessageWithin.Milliseconds()
	c.asked(e.now())
	controller, there := d.participant(ParticipantID(c.account, controllerName))
	if early && there && slices.Contains(by.Features, FeatureAutoMessages) {
		e.speak(c, d, controller, speech{text: firstAutoMessage})
	}
	e.attend(c, ev)
}
