package liveperson

import (
	"encoding/json"

	"transporter/internal/lenient"
)

// record is a conversation as the history tells it.
type record struct {
	Info         info                        `json:"info"`
	Messages     lenient.List[message]       `json:"messageRecords"`
	Statuses     lenient.List[messageStatus] `json:"messageStatuses"`
	Dialogs      lenient.List[dialog]        `json:"dialogs"`
	Transfers    lenient.List[moment]        `json:"transfers"`
	ResponseTime struct {
		Due lenient.Integer `json:"latestEffectiveResponseDueTime"`
	} `json:"responseTime"`

	AgentParticipants       lenient.List[moment]   `json:"agentParticipants"`
	AgentParticipantsActive lenient.List[agent]    `json:"agentParticipantsActive"`
	ConsumerParticipants    lenient.List[consumer] `json:"consumerParticipants"`
	ConsumerParticipant     lenient.List[consumer] `json:"consumerParticipant"` // of older answers
}

type info struct {
	ConversationID       string          `json:"conversationId"`
	BrandID              lenient.Text    `json:"brandId"`
	Status               lenient.Text    `json:"status"`
	FullDialogStatus     lenient.Text    `json:"fullDialogStatus"`
	CloseReason          lenient.Text    `json:"closeReason"`
	LatestSkillID        lenient.Text    `json:"latestSkillId"`
	StartTimeL           lenient.Integer `json:"startTimeL"`
	EndTimeL             lenient.Integer `json:"endTimeL"`
	ConversationEndTimeL lenient.Integer `json:"conversationEndTimeL"`
	FullDialogEndTimeL   lenient.Integer `json:"fullDialogEndTimeL"`
}

type dialog struct {
	DialogID               lenient.Text    `json:"dialogId"`
	DialogType             lenient.Text    `json:"dialogType"`
	Status                 lenient.Text    `json:"status"`
	StartTimeL             lenient.Integer `json:"startTimeL"`
	EndTimeL               lenient.Integer `json:"endTimeL"`
	CloseReason            lenient.Text    `json:"closeReason"`
	CloseReasonDescription lenient.Text    `json:"closeReasonDescription"`
}

type moment struct {
	TimeL lenient.Integer `json:"timeL"`
}

type agent struct {
	AgentID    lenient.Text `json:"agentId"`
	AgentPid   lenient.Text `json:"agentPid"`
	Role       lenient.Text `json:"role"`
	Permission lenient.Text `json:"permission"`
}

type consumer struct {
	ParticipantID lenient.Text `json:"participantId"`
}

// typeRich is the type of a message of structured content.
const typeRich = "RICH_CONTENT"

type message struct {
	Type          lenient.Text    `json:"type"`
	Data          json.RawMessage `json:"messageData"`
	Seq           lenient.Integer `json:"seq"`
	DialogID      lenient.Text    `json:"dialogId"`
	ParticipantID lenient.Text    `json:"participantId"`
	SentBy        lenient.Text    `json:"sentBy"`
	Audience      lenient.Text    `json:"audience"`
	TimeL         lenient.Integer `json:"timeL"`
	Context       struct {
		Metadata lenient.Text `json:"rawMetadata"` // JSON as a string
	} `json:"contextData"`
}

type messageData struct {
	Msg struct {
		Text *string `json:"text"`
	} `json:"msg"`
	File         json.RawMessage `json:"file"`
	RichContent  structured      `json:"richContent"`
	QuickReplies structured      `json:"quickReplies"`
}

// structured is content as a string of JSON.
type structured struct {
	Content lenient.Text `json:"content"`
}

type messageStatus struct {
	Seq             lenient.Integer `json:"seq"` // of the message
	DialogID        lenient.Text    `json:"dialogId"`
	Status          lenient.Text    `json:"messageDeliveryStatus"`
	ParticipantID   lenient.Text    `json:"participantId"`
	ParticipantType lenient.Text    `json:"participantType"`
	TimeL           lenient.Integer `json:"timeL"`
}

// defined returns the value; the history writes absent ones as words.
func defined(t lenient.Text) string {
	switch t {
	case "undefined", "null", "NA":
		return ""
	}
	return string(t)
}
