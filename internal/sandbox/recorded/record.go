package recorded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"transporter/internal/sandbox/history"
)

// record is one conversation as recorded, in its top-level parts.
type record struct {
	id        string
	parts     []keyed
	facts     history.Facts
	consumers []string
	messages  int
}

// keyed is one top-level key and its compact value.
type keyed struct {
	key string
	raw []byte
}

// recordedInfo is what filters need of a record.
type recordedInfo struct {
	Info struct {
		ConversationID                                                     string
		StartTimeL, EndTimeL, ConversationEndTimeL, FullDialogEndTimeL     *int64
		Duration, LatestSkillID, LatestAgentGroupID, MCS, AlertedMCS, CSAT int64
		CSATRate                                                           float64
		LatestAgentID                                                      any
		Status, Source, Device, LatestQueueState                           string
	}
	MessageRecords       []struct{ TimeL int64 }
	ConsumerParticipants []struct{ ParticipantID string }
	Interactions         []struct{ AssignedAgentID any }
	Transfers            []struct{ SourceSkillID, TargetSkillID int64 }
	AgentParticipants    []struct{ AgentGroupID int64 }
}

func parse(raw []byte) (record, error) {
	var r record
	parts, err := topLevel(raw)
	if err != nil {
		return r, err
	}
	r.parts = parts
	var in recordedInfo
	if err := json.Unmarshal(raw, &in); err != nil {
		return r, err
	}
	if in.Info.ConversationID == "" || in.Info.StartTimeL == nil {
		return r, errors.New("info: conversationId and startTimeL are required")
	}
	r.id, r.messages = in.Info.ConversationID, len(in.MessageRecords)
	for _, c := range in.ConsumerParticipants {
		r.consumers = append(r.consumers, c.ParticipantID)
	}
	r.facts = facts(&in)
	return r, nil
}

func facts(in *recordedInfo) history.Facts {
	i := &in.Info
	f := history.Facts{
		Start: *i.StartTimeL, End: ended(i.EndTimeL), ConversationEnd: ended(i.ConversationEndTimeL),
		FullDialogEnd: ended(i.FullDialogEndTimeL), Duration: i.Duration, Closed: i.Status == "CLOSE",
		LatestSkill: i.LatestSkillID, LatestAgent: id(i.LatestAgentID), MCS: i.MCS, AlertedMCS: i.AlertedMCS,
		CSAT: max(i.CSAT, int64(i.CSATRate)), Source: i.Source, Device: i.Device, QueueState: i.LatestQueueState,
		Skills: []int64{i.LatestSkillID}, Groups: []int64{i.LatestAgentGroupID},
	}
	f.Updated = max(f.Start, f.End)
	for _, m := range in.MessageRecords {
		f.Updated = max(f.Updated, m.TimeL)
	}
	for _, t := range in.Transfers {
		f.Skills = append(f.Skills, t.SourceSkillID, t.TargetSkillID)
	}
	for _, x := range in.Interactions {
		f.Agents = append(f.Agents, id(x.AssignedAgentID))
	}
	for _, p := range in.AgentParticipants {
		f.Groups = append(f.Groups, p.AgentGroupID)
	}
	return f
}

func ended(t *int64) int64 {
	if t == nil {
		return history.Open
	}
	return *t
}

// id reads an agent id, which comes as a string or a number; 0 when there is none.
func id(v any) int64 {
	n, err := strconv.ParseInt(fmt.Sprintf("%v", number(v)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func number(v any) any {
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

// topLevel splits an object into its keys, in order, and their compact values.
func topLevel(raw []byte) ([]keyed, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("an object is expected")
	}
	var parts []keyed
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return nil, err
		}
		parts = append(parts, keyed{key.(string), compact.Bytes()})
	}
	return parts, nil
}

// append writes info, the sections asked for and keys that are no section.
func (r *record) append(dst []byte, v history.View) []byte {
	dst = append(dst, '{')
	n := 0
	for _, p := range r.parts {
		if section, ok := history.SectionOf(p.key); ok && !v.Sections.Has(section) {
			continue
		}
		raw := p.raw
		if p.key == "info" && v.Cut && !v.Whole {
			raw = bytes.Replace(raw, []byte(`"isPartial":false`), []byte(`"isPartial":true`), 1)
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		n++
		dst = append(strconv.AppendQuote(dst, p.key), ':')
		dst = append(dst, raw...)
	}
	return append(dst, '}')
}
