package live

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// survey is the bot's questions after the main dialog.
type survey struct {
	dialog    *dialog
	bot       Participant
	group     string
	questions []question
	at        int // index of the question that was asked last
}

// question is asked with its answers as buttons; the last skips the survey.
type question struct {
	id, text        string
	titles, answers []string // titles and ids
	take            func(c *CSAT, title string)
}

// answerMetadata goes with a click on an answer.
type answerMetadata struct {
	Type       string `json:"type"`
	QuestionID string `json:"questionId"`
	ID         string `json:"id"`
	Provider   string `json:"provider"`
	GroupID    string `json:"groupId,omitempty"`
}

type questionMetadata struct {
	Type     string   `json:"type"`
	ID       string   `json:"id"`
	GroupID  string   `json:"groupId"`
	SurveyID string   `json:"surveyId"`
	Provider string   `json:"provider"`
	Replies  []string `json:"replies"`
}

const (
	surveyBot      = "survey-bot"
	surveyApp      = "survey-app"
	surveyID       = "499706313"
	surveyProvider = "AC"
	skipTitle      = "Skip"
	greeting       = "Hello, I’m the survey bot and I would like to collect your feedback following your past interaction. " +
		"If you’d like to skip the whole survey type ‘skip’ at any point"
	thanks = "Thank you for your feedback."
)

// States of a CSAT.
const (
	csatFilled  = "FILLED"
	csatPartly  = "PARTIALLY_FILLED"
	csatSkipped = "SKIPPED"
)

// beginSurvey opens the survey dialog, in which the agent who had the conversation reads along.
func (e *Engine) beginSurvey(c *conversation, at int64) {
	var id [16]byte
	_, _ = e.random.Read(id[:]) // never fails
	s := &survey{bot: Participant{ParticipantID(c.account, surveyBot), RoleAgent}, group: e.newID(), at: -1}
	s.dialog = newDialog(base64.RawURLEncoding.EncodeToString(id[:]), typePostSurvey, at, Participant{c.consumer, RoleConsumer}, s.bot)
	s.dialog.appInstall = ParticipantID(c.account, surveyApp)
	if agent, ok := c.assigned(); ok {
		s.dialog.participants = append(s.dialog.participants, Participant{agent.ID, RoleReader})
	}
	s.questions = []question{
		e.newQuestion("How would you rate your overall experience?", []string{"1", "2", "3", "4", "5"}, func(c *CSAT, title string) {
			c.Rate, _ = strconv.Atoi(title) // one of the titles
		}),
		e.newQuestion("Did we resolve your issue?", []string{"Yes", "No"}, func(c *CSAT, title string) {
			yes := title == "Yes"
			c.Resolution = &yes
		}),
	}
	c.survey = s
	c.dialogs = append(c.dialogs, s.dialog)
}

func (e *Engine) newQuestion(text string, titles []string, take func(*CSAT, string)) question {
	q := question{id: e.newID(), text: text, titles: append(titles, skipTitle), take: take}
	for range q.titles {
		q.answers = append(q.answers, e.newID())
	}
	return q
}

func (e *Engine) greet(c *conversation) {
	e.speak(c, c.survey.dialog, c.survey.bot, speech{text: greeting})
	c.survey.at = 0
	e.ask(c)
}

// ask asks the question that it is at.
func (e *Engine) ask(c *conversation) {
	s := c.survey
	q := &s.questions[s.at]
	replies := offer(q.titles, func(i int) any {
		m := answerMetadata{Type: "Answer", QuestionID: q.id, ID: q.answers[i], Provider: surveyProvider}
		if q.titles[i] == skipTitle {
			m.GroupID = s.group
		}
		return m
	})
	about := questionMetadata{Type: "Question", ID: q.id, GroupID: s.group, SurveyID: surveyID, Provider: surveyProvider, Replies: q.answers}
	e.speak(c, s.dialog, s.bot, speech{text: q.text, replies: replies, metadata: []any{about}})
}

// takeAnswer goes on with the next question, or ends the survey. What is no answer is asked again.
func (e *Engine) takeAnswer(c *conversation, text string) {
	s := c.survey
	q := &s.questions[s.at]
	text = strings.TrimSpace(text)
	if c.csat == nil {
		c.csat = &CSAT{Status: csatSkipped}
	}
	switch {
	case strings.EqualFold(text, skipTitle):
		e.endSurvey(c)
		return
	case !slices.Contains(q.titles, text):
		e.ask(c)
		return
	}
	q.take(c.csat, text)
	c.csat.Status = csatPartly
	if s.at++; s.at < len(s.questions) {
		e.ask(c)
		return
	}
	c.csat.Status = csatFilled
	e.speak(c, s.dialog, s.bot, speech{text: thanks})
	e.endSurvey(c)
}

func (e *Engine) endSurvey(c *conversation) { e.closeDialog(c, c.survey.dialog, byAgent, "Completed") }
