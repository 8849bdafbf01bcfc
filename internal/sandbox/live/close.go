package live

import "slices"

// surveyed reports whether a survey follows the main dialog: the client can show one, and an agent
// had the conversation. Every skill has the same survey.
func (c *conversation) surveyed() bool {
	_, assigned := c.latestAgent()
	return assigned && slices.Contains(c.features, FeatureMultiDialog)
}

// closeDialog closes one dialog. After the main one a survey follows where there is one, and with
// the last the conversation ends.
func (e *Engine) closeDialog(c *conversation, d *dialog, by, cause string) {
	at := e.touch(c)
	d.close(at, by, cause)
	follows := false
	if d.kind == typeMain {
		c.answered()
		c.closeReason = by
		follows = by != bySystem && c.surveyed()
	}
	if follows {
		e.beginSurvey(c, at)
	}
	e.conclude(c, at)
	e.tell(c)
	if follows {
		e.greet(c)
	}
}

// closeAll closes whatever is open, without a survey.
func (e *Engine) closeAll(c *conversation, by string) {
	at := e.touch(c)
	if c.state() == stateOpen {
		c.closeReason = by
	}
	for _, d := range c.dialogs {
		if d.state == stateOpen {
			d.close(at, by, "")
		}
	}
	c.answered()
	e.conclude(c, at)
	e.tell(c)
}

func (e *Engine) conclude(c *conversation, at int64) {
	if c.stage() == stateClose {
		c.ended = at
	}
}
