package live

import "slices"

// CSAT is what the consumer thought of the service.
type CSAT struct {
	Rate       int    `json:"csatRate,omitempty"`
	Resolution *bool  `json:"csatResolutionConfirmation,omitempty"`
	Status     string `json:"status"`
}

// stateChange is the change of a cqm.ExConversationChangeNotification: always the full state.
type stateChange struct {
	Type   string `json:"type"`
	Result result `json:"result"`
}

type result struct {
	ConvID       string  `json:"convId"`
	EffectiveTTR int64   `json:"effectiveTTR"`
	Details      details `json:"conversationDetails"`
}

type details struct {
	SkillID              string          `json:"skillId"`
	Participants         []Participant   `json:"participants"`
	Dialogs              []dialogDetails `json:"dialogs"`
	BrandID              string          `json:"brandId"`
	State                string          `json:"state"`
	Stage                string          `json:"stage"`
	CloseReason          string          `json:"closeReason,omitempty"`
	StartTs              int64           `json:"startTs"`
	EndTs                int64           `json:"endTs,omitempty"`
	MetaDataLastUpdateTs int64           `json:"metaDataLastUpdateTs"`
	TTR                  TTR             `json:"ttr"`
	CSAT                 *CSAT           `json:"csat,omitempty"`
}

type dialogDetails struct {
	DialogID             string          `json:"dialogId"`
	Participants         []Participant   `json:"participantsDetails"`
	DialogType           string          `json:"dialogType"`
	ChannelType          string          `json:"channelType"`
	MetaData             *dialogMetaData `json:"metaData,omitempty"`
	State                string          `json:"state"`
	CreationTs           int64           `json:"creationTs"`
	EndTs                int64           `json:"endTs,omitempty"`
	MetaDataLastUpdateTs int64           `json:"metaDataLastUpdateTs"`
	ClosedBy             string          `json:"closedBy,omitempty"`
	ClosedCause          string          `json:"closedCause,omitempty"`
}

type dialogMetaData struct {
	AppInstallID string `json:"appInstallId"`
}

func (c *conversation) details() result {
	d := details{
		SkillID: c.skill, BrandID: c.account, State: c.state(), Stage: c.stage(), CloseReason: c.closeReason,
		StartTs: c.started, EndTs: c.ended, MetaDataLastUpdateTs: c.updated, TTR: c.ttr, CSAT: c.csat,
	}
	for _, one := range c.dialogs {
		d.Dialogs = append(d.Dialogs, one.details())
		for _, p := range one.participants {
			if !slices.Contains(d.Participants, p) {
				d.Participants = append(d.Participants, p)
			}
		}
	}
	return result{ConvID: c.id, EffectiveTTR: c.due, Details: d}
}

func (d *dialog) details() dialogDetails {
	out := dialogDetails{
		DialogID: d.id, Participants: d.participants, DialogType: d.kind, ChannelType: "MESSAGING", State: d.state,
		CreationTs: d.created, EndTs: d.ended, MetaDataLastUpdateTs: d.updated, ClosedBy: d.closedBy, ClosedCause: d.closedCause,
	}
	if d.appInstall != "" {
		out.MetaData = &dialogMetaData{d.appInstall}
	}
	return out
}

// tell tells the conversation's state as it is now.
func (e *Engine) tell(c *conversation) {
	state := encode(stateChange{Type: "UPSERT", Result: c.details()})
	c.states = append(c.states, state)
	e.notify(c, TypeConversation, state)
}
