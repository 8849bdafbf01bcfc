package live

import (
	"encoding/json"
	"regexp"
	"slices"
	"time"
)

// Caller is the consumer on whose behalf an app calls.
type Caller struct {
	Account, App, Consumer string
	Features               []string // that the call declares
}

// Opening is what a consumer asks for.
type Opening struct {
	TTRName  string          `json:"ttrDefName,omitempty"` // empty: the account's usual
	Skill    string          `json:"skillId,omitempty"`    // empty: all
	Campaign json.RawMessage `json:"campaignInfo,omitempty"`
	Context  json.RawMessage `json:"conversationContext,omitempty"`
}

// anySkill is the skill of what is routed to everybody.
const anySkill = "-1"

var skillID = regexp.MustCompile(`^(-1|[0-9]{1,10})$`)

// Check says what is wrong with an opening.
func (o Opening) Check() error {
	if o.Skill != "" && !skillID.MatchString(o.Skill) {
		return invalid("skillId: %q must be -1 or up to 10 digits", o.Skill)
	}
	_, err := namedTTR(o.TTRName)
	return err
}

// Open opens a conversation and returns its id, which is also that of its main dialog. A consumer
// may have several.
func (e *Engine) Open(by Caller, o Opening) (string, error) {
	if err := o.Check(); err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ttr, _ := namedTTR(o.TTRName) // was checked
	c := &conversation{
		id: e.newID(), account: by.Account, app: by.App, consumer: by.Consumer, opening: o, features: by.Features,
		skill: o.Skill, ttr: ttr, due: nothingDue, unmarked: map[string][]int{},
	}
	if c.skill == "" {
		c.skill = anySkill
	}
	c.started = e.touch(c)
	participants := []Participant{{by.Consumer, RoleConsumer}}
	if slices.Contains(by.Features, FeatureAutoMessages) {
		participants = append(participants, Participant{ParticipantID(by.Account, controllerName), RoleController})
	}
	c.dialogs = []*dialog{newDialog(c.id, typeMain, c.started, participants...)}
	e.conversations[c.id] = c
	e.order = append(e.order, c)
	e.tell(c)
	e.watchIdle(c)
	e.welcome(c)
	return c.id, nil
}

// mostIdle is how long a dialog may be silent before the platform closes it (Connector API,
// "Post-conversation survey").
const mostIdle = 7 * 24 * time.Hour

// watchIdle closes the conversation's dialogs when nothing happened in them for mostIdle.
func (e *Engine) watchIdle(c *conversation) {
	last := c.started
	for _, d := range c.dialogs {
		if d.state == stateOpen {
			last = max(last, d.lastEvent)
		}
	}
	e.agenda.add(time.UnixMilli(last).Add(mostIdle), func() {
		if c.stage() == stateClose {
			return
		}
		for _, d := range c.dialogs {
			if d.state == stateOpen && e.now()-d.lastEvent >= mostIdle.Milliseconds() {
				e.closeDialog(c, d, bySystem, "")
			}
		}
		e.watchIdle(c)
	})
}
