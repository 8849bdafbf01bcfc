package answer

import (
	"encoding/json"
	"maps"
	"slices"

	"transporter/internal/source"
)

// The channels that have queues, which are those of QueuesNow.
const (
	Messaging = "messaging"
	Chat      = "chat"
)

// QueuesNow is the resource of queues of both channels as they are now, one record for each skill.
const QueuesNow = "queues_now"

// queueMembers are where an answer about the queues of a channel has an object for each skill.
var queueMembers = map[string]string{Messaging: "skillsMetrics", Chat: "skills"}

// queue is one record.
type queue struct {
	RequestedAt string          `json:"requested_at"`
	Channel     string          `json:"channel"`
	SkillID     string          `json:"skillId"`
	Metrics     json.RawMessage `json:"metrics"`
}

// Queues gives a record for each skill of an answer about the queues of the channel.
func Queues(channel string, answer map[string]json.RawMessage, at int64, give func(source.Record) error) error {
	member := queueMembers[channel]
	if answer[member] == nil {
		return missing(member)
	}
	var skills map[string]json.RawMessage
	if err := json.Unmarshal(answer[member], &skills); err != nil {
		return err
	}
	for _, skill := range slices.Sorted(maps.Keys(skills)) {
		raw, err := asItCame(queue{Stamped(at), channel, skill, skills[skill]})
		if err == nil {
			err = give(source.Record{ID: channel + ":" + skill, Raw: raw, FetchedAt: at})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
