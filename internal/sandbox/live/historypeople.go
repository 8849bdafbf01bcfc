package live

import (
	"cmp"
	"slices"
)

type agentParticipant struct {
	FullName     string `json:"agentFullName"`
	Nickname     string `json:"agentNickname"`
	LoginName    string `json:"agentLoginName"`
	AgentID      string `json:"agentId"`
	Deleted      bool   `json:"agentDeleted"`
	UserType     string `json:"userType"`
	UserTypeName string `json:"userTypeName"`
	Role         string `json:"role"`
	GroupName    string `json:"agentGroupName"`
	GroupID      int64  `json:"agentGroupId"`
	stamp
	Permission string `json:"permission"`
	DialogID   string `json:"dialogId"`
}

// Which stays a list of participants has, and the moment that it gives of each.
func everyone(s stay) (int64, bool) { return s.from, true }
func gone(s stay) (int64, bool)     { return s.to, s.to != 0 }
func present(s stay) (int64, bool)  { return s.from, s.to == 0 }

func (c *conversation) agentParticipants(of func(stay) (int64, bool)) []agentParticipant {
	list := []agentParticipant{}
	for _, s := range c.stays {
		if at, ok := of(s); ok {
			list = append(list, agentParticipant{
				FullName: s.name, Nickname: s.name, LoginName: s.name, AgentID: s.ID, UserType: "1", UserTypeName: "Human",
				Role: RoleAgent, GroupName: unassigned, GroupID: noGroup, stamp: stampOf(at), Permission: s.Role, DialogID: c.id,
			})
		}
	}
	return list
}

type consumerParticipant struct {
	ParticipantID string `json:"participantId"`
	FirstName     string `json:"firstName"`
	LastName      string `json:"lastName"`
	Token         string `json:"token"`
	Email         string `json:"email"`
	Phone         string `json:"phone"`
	AvatarURL     string `json:"avatarURL"`
	stamp
	JoinTime     string `json:"joinTime"`
	JoinTimeL    int64  `json:"joinTimeL"`
	ConsumerName string `json:"consumerName"`
	DialogID     string `json:"dialogId"`
}

func (e *Engine) consumerParticipants(c *conversation) any {
	first, last := profileName(e.profiles[profileKey{c.account, c.consumer}])
	first = cmp.Or(first, "Visitor")
	return []consumerParticipant{{
		ParticipantID: c.consumer, FirstName: first, LastName: last, Token: undefined, Email: undefined, Phone: "0", AvatarURL: undefined,
		stamp: stampOf(c.started), JoinTime: historyTime(c.started), JoinTimeL: c.started, ConsumerName: first, DialogID: c.id,
	}}
}

type transferRecord struct {
	stamp
	AssignedAgentID string `json:"assignedAgentId"`
	TargetSkillID   int64  `json:"targetSkillId"`
	TargetSkillName string `json:"targetSkillName"`
	Reason          string `json:"reason"`
	By              string `json:"by"`
	SourceSkillID   int64  `json:"sourceSkillId"`
	SourceSkillName string `json:"sourceSkillName"`
	SourceAgentID   string `json:"sourceAgentId"`
	SourceFullName  string `json:"sourceAgentFullName,omitempty"`
	SourceLogin     string `json:"sourceAgentLoginName,omitempty"`
	SourceNickname  string `json:"sourceAgentNickname,omitempty"`
	DialogID        string `json:"dialogId"`
}

func (c *conversation) transferRecords() []transferRecord {
	list := []transferRecord{}
	for _, t := range c.transfers {
		list = append(list, transferRecord{
			stamp: stampOf(t.at), AssignedAgentID: cmp.Or(t.target.ID, noAgent), TargetSkillID: skillNumber(t.skill), TargetSkillName: skillName(t.skill),
			Reason: t.reason, By: cmp.Or(t.source.ID, noAgent), SourceSkillID: skillNumber(t.sourceSkill), SourceSkillName: skillName(t.sourceSkill),
			SourceAgentID: cmp.Or(t.source.ID, noAgent), SourceFullName: t.sourceName, SourceLogin: t.sourceName, SourceNickname: t.sourceName, DialogID: c.id,
		})
	}
	return list
}

type interaction struct {
	AgentID   string `json:"assignedAgentId"`
	FullName  string `json:"assignedAgentFullName"`
	LoginName string `json:"assignedAgentLoginName"`
	Nickname  string `json:"assignedAgentNickname"`
	TimeL     int64  `json:"interactionTimeL"`
	Time      string `json:"interactionTime"`
	Sequence  int    `json:"interactiveSequence"`
	DialogID  string `json:"dialogId"`
}

// interactions are the assignments.
func (c *conversation) interactions() []interaction {
	list := []interaction{}
	for _, s := range slices.DeleteFunc(slices.Clone(c.stays), func(s stay) bool { return s.Role != RoleAssignedAgent }) {
		list = append(list, interaction{s.ID, s.name, s.name, s.name, s.from, historyTime(s.from), len(list) + 1, c.id})
	}
	return list
}
