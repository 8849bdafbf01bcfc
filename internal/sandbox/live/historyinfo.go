package live

import (
	"cmp"
	"strconv"
)

type historyInfo struct {
	StartTime              string `json:"startTime"`
	StartTimeL             int64  `json:"startTimeL"`
	EndTime                string `json:"endTime"`
	EndTimeL               int64  `json:"endTimeL"`
	ConversationEndTime    string `json:"conversationEndTime"`
	ConversationEndTimeL   int64  `json:"conversationEndTimeL"`
	FullDialogEndTime      string `json:"fullDialogEndTime"`
	FullDialogEndTimeL     int64  `json:"fullDialogEndTimeL"`
	Duration               int64  `json:"duration"` // milliseconds
	ConversationID         string `json:"conversationId"`
	BrandID                string `json:"brandId"`
	LatestAgentID          string `json:"latestAgentId"`
	LatestAgentNickname    string `json:"latestAgentNickname,omitempty"`
	LatestAgentFullName    string `json:"latestAgentFullName,omitempty"`
	LatestAgentLoginName   string `json:"latestAgentLoginName,omitempty"`
	AgentDeleted           bool   `json:"agentDeleted"`
	LatestSkillID          int64  `json:"latestSkillId"`
	LatestSkillName        string `json:"latestSkillName"`
	Source                 string `json:"source"`
	CloseReason            string `json:"closeReason,omitempty"`
	CloseReasonDescription string `json:"closeReasonDescription,omitempty"`
	MCS                    int    `json:"mcs"`
	AlertedMCS             int    `json:"alertedMCS"`
	Status                 string `json:"status"`
	FullDialogStatus       string `json:"fullDialogStatus"`
	FirstConversation      bool   `json:"firstConversation"`
	CSATRate               int    `json:"csatRate,omitempty"`
	Device                 string `json:"device"`
	LatestAgentGroupID     int64  `json:"latestAgentGroupId"`
	LatestAgentGroupName   string `json:"latestAgentGroupName"`
	LatestQueueState       string `json:"latestQueueState"`
	IsPartial              bool   `json:"isPartial"`
}

// What is the same in all records of live conversations: they are scored neutrally, and agents
// are in no group.
const (
	historySource = "APP"
	neutralMCS    = 50
	noGroup       = -1
	unassigned    = "Unassigned"
	undefined     = "undefined"
	noAgent       = "null"
)

func (c *conversation) info(now int64) historyInfo {
	main := c.main()
	i := historyInfo{
		StartTime: historyTime(c.started), StartTimeL: c.started, Duration: cmp.Or(main.ended, now) - c.started,
		ConversationID: c.id, BrandID: c.account, LatestAgentID: noAgent, LatestSkillID: skillNumber(c.skill), LatestSkillName: skillName(c.skill),
		Source: historySource, CloseReason: c.closeReason, CloseReasonDescription: closeDescription(c.closeReason),
		MCS: neutralMCS, Status: c.state(), FullDialogStatus: c.stage(), Device: undefined,
		LatestAgentGroupID: noGroup, LatestAgentGroupName: unassigned, LatestQueueState: "IN_QUEUE",
	}
	i.EndTime, i.EndTimeL = historyEnd(main.ended)
	i.ConversationEndTime, i.ConversationEndTimeL = historyEnd(main.ended)
	i.FullDialogEndTime, i.FullDialogEndTimeL = historyEnd(c.ended)
	if c.csat != nil {
		i.CSATRate = c.csat.Rate
		i.EndTime, i.EndTimeL = historyEnd(cmp.Or(c.ended, main.ended))
	}
	if a, ok := c.latestAgent(); ok {
		i.LatestAgentID, i.LatestAgentNickname, i.LatestAgentFullName, i.LatestAgentLoginName = a.ID, a.name, a.name, a.name
	}
	if _, ok := c.assigned(); ok {
		i.LatestQueueState = "ACTIVE"
	}
	return i
}

func closeDescription(by string) string {
	switch by {
	case "":
		return ""
	case bySystem:
		return "TIMEOUT"
	}
	return "MANUAL_CLOSE"
}

func skillNumber(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64) // was checked
	return n
}

func skillName(id string) string {
	if id == anySkill {
		return unassigned
	}
	return "Skill " + id
}
