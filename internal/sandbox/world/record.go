package world

import "transporter/internal/sandbox/history"

// cutMessages is how many messages of a huge conversation searches show.
const cutMessages = 100

// partial reports whether the record is cut: the source protects itself from huge
// conversations, except when asked for one by id.
func (e *encoder) partial() bool {
	return !e.v.Whole && (e.v.Cut || len(e.s.messages) > cutMessages)
}

func (e *encoder) record() {
	partial := e.partial()
	if partial {
		keep := min(cutMessages, len(e.s.messages)/2)
		e.s.messages = e.s.messages[:keep]
	}
	e.raw(`{"info":{`)
	e.info(partial)
	e.raw(`}`)
	for _, p := range parts {
		if e.v.Sections.Has(p.section) {
			p.write(e)
		}
	}
	e.raw(`}`)
}

// part writes one section with the comma before it, or nothing when there is no data.
type part struct {
	section history.Section
	write   func(*encoder)
}

// parts are in the order of the published sample.
var parts []part

func init() {
	parts = []part{
		{history.Campaign, (*encoder).campaign},
		{history.Monitoring, (*encoder).monitoring},
		{history.MessageRecords, (*encoder).messages},
		{history.AgentParticipants, (*encoder).participants},
		{history.AgentParticipantsLeave, (*encoder).participantsLeft},
		{history.AgentParticipantsActive, (*encoder).participantsActive},
		{history.ConsumerParticipants, (*encoder).consumers},
		{history.Transfers, (*encoder).transfers},
		{history.Interactions, (*encoder).interactions},
		{history.Dialogs, (*encoder).dialogs},
		{history.MessageScores, (*encoder).scores},
		{history.MessageStatuses, (*encoder).statuses},
		{history.ConversationSurveys, (*encoder).surveys},
		{history.CoBrowseSessions, (*encoder).cobrowse},
		{history.SDEs, (*encoder).sdes},
		{history.UnauthSDEs, (*encoder).unauthSDEs},
		{history.ResponseTime, (*encoder).responseTime},
		{history.Summary, (*encoder).summary},
		{history.Intents, (*encoder).intents},
		{history.UniqueIntents, (*encoder).uniqueIntents},
		{history.LatestAgentSurvey, (*encoder).latestAgentSurvey},
		{history.PreviousAgentSurveys, (*encoder).previousAgentSurveys},
	}
}
