package live

import "strconv"

type dialogRecord struct {
	DialogID               string `json:"dialogId"`
	Status                 string `json:"status"`
	DialogType             string `json:"dialogType"`
	ChannelType            string `json:"dialogChannelType"`
	StartTime              string `json:"startTime"`
	StartTimeL             int64  `json:"startTimeL"`
	EndTime                string `json:"endTime"`
	EndTimeL               int64  `json:"endTimeL"`
	CloseReason            string `json:"closeReason,omitempty"`
	CloseReasonDescription string `json:"closeReasonDescription,omitempty"`
	SkillID                int64  `json:"skillId"`
	SkillName              string `json:"skillName"`
}

func (c *conversation) dialogRecords() []dialogRecord {
	list := []dialogRecord{}
	for _, d := range c.dialogs {
		r := dialogRecord{
			DialogID: d.id, Status: d.state, DialogType: d.kind, ChannelType: "MESSAGING", StartTime: historyTime(d.created), StartTimeL: d.created,
			CloseReason: d.closedBy, CloseReasonDescription: closeDescription(d.closedBy), SkillID: skillNumber(c.skill), SkillName: skillName(c.skill),
		}
		r.EndTime, r.EndTimeL = historyEnd(d.ended)
		list = append(list, r)
	}
	return list
}

type surveyRecord struct {
	Type     string         `json:"surveyType"`
	Status   string         `json:"surveyStatus"`
	DialogID string         `json:"dialogId,omitempty"`
	Data     []surveyAnswer `json:"surveyData"`
}

type surveyAnswer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// surveyRecords say what the consumer thought, in a survey or otherwise.
func (c *conversation) surveyRecords() []surveyRecord {
	if c.csat == nil {
		return []surveyRecord{}
	}
	r := surveyRecord{Type: "Satisfaction", Status: c.csat.Status, Data: []surveyAnswer{}}
	if c.survey != nil {
		r.DialogID = c.survey.dialog.id
	}
	if c.csat.Rate > 0 {
		r.Data = append(r.Data, surveyAnswer{"CSAT Rate", strconv.Itoa(c.csat.Rate)})
	}
	if c.csat.Resolution != nil {
		answer := "No"
		if *c.csat.Resolution {
			answer = "Yes"
		}
		r.Data = append(r.Data, surveyAnswer{"Confirm Resolution", answer})
	}
	return []surveyRecord{r}
}
