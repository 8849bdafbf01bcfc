package webhook

import (
	"encoding/json"

	"transporter/internal/conversation"
	"transporter/internal/lenient"
)

// statement is a change of cqm.ExConversationChangeNotification: always the full state.
type statement struct {
	Type   lenient.Text `json:"type"` // UPSERT, DELETE
	Result struct {
		ConvID       lenient.Text    `json:"convId"`
		EffectiveTTR lenient.Integer `json:"effectiveTTR"`
		Details      struct {
			SkillID              lenient.Text         `json:"skillId"`
			BrandID              lenient.Text         `json:"brandId"`
			State                lenient.Text         `json:"state"`
			Stage                lenient.Text         `json:"stage"`
			CloseReason          lenient.Text         `json:"closeReason"`
			StartTs              lenient.Integer      `json:"startTs"`
			EndTs                lenient.Integer      `json:"endTs"`
			MetaDataLastUpdateTs lenient.Integer      `json:"metaDataLastUpdateTs"`
			TTR                  *respondIn           `json:"ttr"`
			Participants         lenient.List[member] `json:"participants"`
			Dialogs              lenient.List[dialog] `json:"dialogs"`
		} `json:"conversationDetails"`
	} `json:"result"`
}

type respondIn struct {
	Type  lenient.Text    `json:"ttrType"`
	Value lenient.Integer `json:"value"`
}

type member struct {
	ID   lenient.Text `json:"id"`
	Role lenient.Text `json:"role"`
}

type dialog struct {
	ID           lenient.Text         `json:"dialogId"`
	Type         lenient.Text         `json:"dialogType"`
	State        lenient.Text         `json:"state"`
	CreationTs   lenient.Integer      `json:"creationTs"`
	EndTs        lenient.Integer      `json:"endTs"`
	ClosedBy     lenient.Text         `json:"closedBy"`
	ClosedCause  lenient.Text         `json:"closedCause"`
	Participants lenient.List[member] `json:"participantsDetails"`
}

func details(raw json.RawMessage) Change {
	var s statement
	lenient.Into(raw, &s)
	d := s.Result.Details
	e := conversation.Event{
		Key: hashKey(raw), Kind: conversation.Details, Sequence: conversation.Unnumbered,
		At: d.MetaDataLastUpdateTs.Or(0), Via: conversation.ViaWebhook, Body: raw, State: s.snapshot(),
	}
	if d.MetaDataLastUpdateTs.Value != nil {
		e.Key = conversation.DetailsKey(e.At)
	}
	return Change{Conversation: identifier(s.Result.ConvID), Event: e}
}

func (s statement) snapshot() *conversation.Snapshot {
	d := s.Result.Details
	state := &conversation.Snapshot{
		Updated: d.MetaDataLastUpdateTs.Or(0), Stage: string(d.Stage), State: string(d.State), CloseReason: string(d.CloseReason),
		Skill: string(d.SkillID), Brand: string(d.BrandID), Started: d.StartTs.Or(0), Ended: d.EndTs.Or(0),
		Due: s.Result.EffectiveTTR.Or(0), Participants: members(d.Participants), Deleted: s.Type == "DELETE",
	}
	if d.TTR != nil {
		state.TTR = &conversation.TTR{Type: string(d.TTR.Type), Seconds: int(d.TTR.Value.Or(0))}
	}
	for _, one := range d.Dialogs {
		state.Dialogs = append(state.Dialogs, conversation.Dialog{
			ID: string(one.ID), Type: string(one.Type), State: string(one.State), Created: one.CreationTs.Or(0), Ended: one.EndTs.Or(0),
			ClosedBy: string(one.ClosedBy), ClosedCause: string(one.ClosedCause), Participants: members(one.Participants),
		})
	}
	return state
}

func members(l lenient.List[member]) (all []conversation.Participant) {
	for _, m := range l {
		all = append(all, conversation.Participant{ID: string(m.ID), Role: string(m.Role)})
	}
	return all
}
