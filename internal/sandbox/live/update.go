package live

import (
	"encoding/json"
	"slices"
)

// Field is one element of conversationField (Connector API, "Send API": cm.UpdateConversationField).
type Field struct {
	Field             string `json:"field"`
	Type              string `json:"type"`
	ConversationState string `json:"conversationState"`
	TTRType           string `json:"ttrType"`
	Value             *int64 `json:"value"`
	Skill             Text   `json:"skill"`
	Dialog            *struct {
		DialogID    string `json:"dialogId"`
		State       string `json:"state"`
		ClosedCause string `json:"closedCause"`
	} `json:"dialog"`
	CSATRate   int    `json:"csatRate"`
	Resolution *bool  `json:"csatResolutionConfirmation"`
	Status     string `json:"status"`
}

// Text is a string that clients also send as a number.
type Text string

// UnmarshalJSON takes a string or a number; null leaves it empty.
func (t *Text) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if b[0] == '"' {
		return json.Unmarshal(b, (*string)(t))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*t = Text(n)
	return nil
}

// mostCSAT is the best rate.
const mostCSAT = 5

// Update changes fields of the consumer's conversation, all or none of them, and returns what the
// answer says.
func (e *Engine) Update(by Caller, id string, fields []Field) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, err := e.ofConsumer(by, id)
	if err != nil {
		return "", err
	}
	if len(fields) == 0 {
		return "", invalid("body.conversationField: needs a field")
	}
	for i := range fields {
		if err := fields[i].check(c); err != nil {
			return "", err
		}
	}
	said := ""
	for i := range fields {
		said = e.apply(c, &fields[i])
	}
	return said, nil
}

func (f *Field) check(c *conversation) error {
	closing := f.ConversationState == stateClose
	switch f.Field {
	case "ConversationStateField", "Stage":
		if !closing {
			return invalid("conversationState: %q must be CLOSE", f.ConversationState)
		}
	case "DialogChange":
		return f.checkDialog(c)
	case "TTRField":
		if f.Value == nil {
			return invalid("value: is required")
		}
		if err := (TTR{f.TTRType, *f.Value}).check(); err != nil {
			return err
		}
	case "Skill":
		if f.Type != "UPDATE" || !skillID.MatchString(string(f.Skill)) {
			return invalid("Skill: needs type UPDATE, and skill of up to 10 digits or -1")
		}
	case "CSATRate":
		if f.CSATRate < 0 || f.CSATRate > mostCSAT || !slices.Contains([]string{csatFilled, csatPartly, csatSkipped}, f.Status) {
			return invalid("CSATRate: needs csatRate of 1 to %d, and status FILLED, PARTIALLY_FILLED or SKIPPED", mostCSAT)
		}
		return nil // a closed conversation can still be rated
	case "ParticipantsChange":
		return invalid("ParticipantsChange: is for agents")
	default:
		return invalid("conversationField.field: %q is not known", f.Field)
	}
	if c.stage() == stateClose || c.state() == stateClose && f.Field != "Stage" && f.Field != "ConversationStateField" {
		return ErrClosed
	}
	return nil
}

func (f *Field) checkDialog(c *conversation) error {
	if f.Type != "UPDATE" || f.Dialog == nil || f.Dialog.State != stateClose {
		return invalid("DialogChange: needs type UPDATE, and dialog with dialogId and state CLOSE")
	}
	d := c.dialog(f.Dialog.DialogID)
	if d == nil {
		return invalid("dialog.dialogId: the conversation has no dialog %q", f.Dialog.DialogID)
	}
	if d.state == stateClose {
		return ErrClosed
	}
	return nil
}

// apply does what a checked field says.
func (e *Engine) apply(c *conversation, f *Field) string {
	switch f.Field {
	case "ConversationStateField", "Stage":
		e.closeAll(c, byConsumer)
		return "OK Conversation resolved successfully"
	case "DialogChange":
		e.closeDialog(c, c.dialog(f.Dialog.DialogID), byConsumer, f.Dialog.ClosedCause)
		return "OK Dialog resolved successfully"
	case "TTRField":
		e.changeTTR(c, TTR{f.TTRType, *f.Value})
	case "Skill":
		e.transfer(c, string(f.Skill))
	case "CSATRate":
		c.csat = &CSAT{Rate: f.CSATRate, Resolution: f.Resolution, Status: f.Status}
		e.touch(c)
		e.tell(c)
	}
	return "OK Conversation updated successfully"
}

func (e *Engine) changeTTR(c *conversation, t TTR) {
	c.setTTR(t)
	e.touch(c)
	e.tell(c)
}

// transfer puts the conversation back into the queue of a skill.
func (e *Engine) transfer(c *conversation, skill string) {
	at := e.touch(c)
	moved := handOver{at: at, reason: reasonSkill, sourceSkill: c.skill, skill: skill}
	if skill == c.skill {
		moved.reason = reasonQueue
	}
	moved.source, _ = c.assigned()
	moved.sourceName = c.nameOf(moved.source.ID)
	c.transfers = append(c.transfers, moved)
	c.skill = skill
	c.depart(func(p Participant) bool { return p.Role == RoleAssignedAgent }, at)
	e.tell(c)
	e.welcome(c)
}
