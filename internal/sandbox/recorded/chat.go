package recorded

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"transporter/internal/sandbox/history"
)

// chat is one engagement as recorded, compact.
type chat struct {
	facts history.ChatFacts
	raw   []byte
}

var _ history.Chats = (*Archive)(nil)

// recordedChat is what filters need of an engagement.
type recordedChat struct {
	Info struct {
		EngagementID, VisitorID         string
		AgentID                         string
		StartTimeL, EndTimeL            *int64
		Duration, SkillID, AgentGroupID int64
		IsInteractive                   bool
		ChatMCS, AlertedMCS, MCS        *int64
	}
}

func (a *Archive) addChats(b []byte) error {
	var file struct {
		Records []json.RawMessage `json:"interactionHistoryRecords"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return err
	}
	for i, raw := range file.Records {
		c, err := parseChat(raw)
		if err != nil {
			return fmt.Errorf("interactionHistoryRecords[%d]: %w", i, err)
		}
		a.chats = append(a.chats, c)
	}
	return nil
}

func parseChat(raw []byte) (chat, error) {
	parts, err := topLevel(raw)
	if err != nil {
		return chat{}, err
	}
	var in recordedChat
	if err := json.Unmarshal(raw, &in); err != nil {
		return chat{}, err
	}
	i := &in.Info
	if i.EngagementID == "" || i.StartTimeL == nil || i.EndTimeL == nil {
		return chat{}, errors.New("info: engagementId, startTimeL and endTimeL are required")
	}
	c := chat{facts: history.ChatFacts{
		EngagementID: i.EngagementID, Visitor: i.VisitorID, Start: *i.StartTimeL, End: *i.EndTimeL, Duration: i.Duration,
		Group: i.AgentGroupID, Skill: i.SkillID, Interactive: i.IsInteractive, MCS: history.Open,
	}}
	c.facts.Agent, _ = strconv.ParseInt(i.AgentID, 10, 64) // 0 where there is none
	for _, alerted := range []*int64{i.MCS, i.AlertedMCS} {
		if alerted != nil {
			c.facts.AlertedMCS = *alerted
		}
	}
	if i.ChatMCS != nil {
		c.facts.MCS = *i.ChatMCS
	}
	c.raw = append(c.raw, '{')
	for n, p := range parts {
		if n > 0 {
			c.raw = append(c.raw, ',')
		}
		c.raw = append(append(strconv.AppendQuote(c.raw, p.key), ':'), p.raw...)
	}
	c.raw = append(c.raw, '}')
	return c, nil
}

// Chats finds the matching engagements, newest first where the query orders nothing.
func (a *Archive) Chats(q *history.ChatQuery, now int64) history.Hits {
	var found chatHits
	for i := range a.chats {
		c := &a.chats[i]
		if c.facts.Start >= history.Oldest(now) && c.facts.End <= now && q.Match(&c.facts) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(x, y *chat) int {
		if c := q.Compare(&x.facts, &y.facts); c != 0 {
			return c
		}
		return history.ChatFields["start"](&y.facts, &x.facts)
	})
	return found
}

type chatHits []*chat

// Len implements history.Hits.
func (h chatHits) Len() int { return len(h) }

// Append implements history.Hits.
func (h chatHits) Append(dst []byte, i int, _ history.View) []byte { return append(dst, h[i].raw...) }
