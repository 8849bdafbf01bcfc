package history

import "fmt"

// Section is a set of the parts of a conversation record that contentToRetrieve names.
type Section uint32

// The parts, in the order of the published value list.
const (
	Campaign Section = 1 << iota
	MessageRecords
	AgentParticipants
	AgentParticipantsLeave
	AgentParticipantsActive
	ConsumerParticipants
	Transfers
	Interactions
	MessageScores
	MessageStatuses
	ConversationSurveys
	CoBrowseSessions
	Summary
	SDEs
	UnauthSDEs
	Monitoring
	Dialogs
	ResponseTime
	SkillChanges
	Intents
	UniqueIntents
	LatestAgentSurvey
	PreviousAgentSurveys
)

// Default is what comes when contentToRetrieve is absent.
const Default = Campaign | MessageRecords | AgentParticipants | AgentParticipantsLeave |
	AgentParticipantsActive | ConsumerParticipants | Transfers | Interactions | MessageScores |
	MessageStatuses | ConversationSurveys | CoBrowseSessions | Summary | SDEs

var sectionNames = []string{
	"campaign", "messageRecords", "agentParticipants", "agentParticipantsLeave",
	"agentParticipantsActive", "consumerParticipants", "transfers", "interactions",
	"messageScores", "messageStatuses", "conversationSurveys", "coBrowseSessions", "summary",
	"sdes", "unAuthSdes", "monitoring", "dialogs", "responseTime", "skillChanges", "intents",
	"uniqueIntents", "latestAgentSurvey", "previouslySubmittedAgentSurveys",
}

// ParseSections turns the names of contentToRetrieve into a set. An unknown name is an
// error that lists it.
func ParseSections(names []string) (Section, error) {
	var set Section
	for _, name := range names {
		s, ok := SectionOf(name)
		if !ok {
			return 0, fmt.Errorf("contentToRetrieve: %q is not one of %v", name, sectionNames)
		}
		set |= s
	}
	return set, nil
}

// SectionOf returns the section that a record's top-level key holds. Older records use
// two keys in the singular; they count as the same section.
func SectionOf(key string) (Section, bool) {
	switch key {
	case "consumerParticipant":
		return ConsumerParticipants, true
	case "messageScore":
		return MessageScores, true
	}
	for i, n := range sectionNames {
		if n == key {
			return 1 << i, true
		}
	}
	return 0, false
}

// Has reports whether all of part is in s.
func (s Section) Has(part Section) bool { return s&part == part }
