package transform

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/transform/interval"
)

// axis cuts the window as the task asks for; of reports that know no intervals, into days.
func (s setting) axis() (*interval.Axis, error) {
	if s.job.From >= s.job.To {
		return nil, fault.New(fault.InvalidSpec, "report %s counts by intervals of a window, and there is none", s.job.Report.Ref()).
			WithField("window").WithFix("give the window that the records are of")
	}
	minutes := number(s.params["interval_minutes"])
	if minutes == nil {
		return interval.NewDays(s.job.From, s.job.To, s.job.Zone), nil
	}
	return interval.NewAxis(s.job.From, s.job.To, time.Duration(*minutes)*time.Minute, s.job.Zone), nil
}

func newSkillIntervals(s setting) (fold, error) {
	axis, err := s.axis()
	if err != nil {
		return nil, err
	}
	threshold, agreed := number(s.params["sl_threshold_ms"]), s.lookups["skill_sla"]
	having := inverted(s.lookups["skill_agents"])
	return interval.NewSkills(s.window(), interval.SkillOptions{
		Axis: axis, Read: s.job.Also, Skills: slices.Sorted(maps.Keys(s.lookups["skills_in_use"].texts)),
		Only: texts(s.params["skill_ids"]), Name: skillNamer(s.lookups["skill_names"]),
		Threshold: func(skill []byte) int64 {
			if seconds, err := strconv.ParseInt(string(agreed.texts[string(skill)]), 10, 64); err == nil && seconds > 0 {
				return seconds * time.Second.Milliseconds()
			}
			return *threshold
		},
		Having: func(agent []byte) [][]byte { return having[string(agent)] },
	})
}

func newChatIntervals(s setting) (fold, error) {
	axis, err := s.axis()
	if err != nil {
		return nil, err
	}
	skills := texts(s.params["skill_ids"])
	if len(skills) == 0 {
		skills = slices.Collect(maps.Keys(s.lookups["skills_in_use"].texts))
	}
	return interval.NewChats(axis, skills, *number(s.params["sl_threshold_s"])), nil
}

func newAnswerTimes(s setting) (fold, error) {
	axis, err := s.axis()
	if err != nil {
		return nil, err
	}
	return interval.NewAnswerTimes(axis, texts(s.params["skill_ids"])), nil
}

// skillNamer names skills; -1 is a bucket with a name of its own (rule N5).
func skillNamer(names *lookup) func([]byte) []byte {
	return func(skill []byte) []byte {
		if name := names.text(skill); name != nil || string(skill) != "-1" {
			return name
		}
		return []byte("Unassigned")
	}
}

// inverted maps every name of a lookup of lists to the keys that have it, in order.
func inverted(l *lookup) map[string][][]byte {
	out := map[string][][]byte{}
	for _, key := range slices.Sorted(maps.Keys(l.lists)) {
		for _, name := range l.lists[key] {
			out[string(name)] = append(out[string(name)], []byte(key))
		}
	}
	return out
}

// texts reads a parameter that is a list of texts; nil if it is not given.
func texts(raw json.RawMessage) (list []string) {
	_ = json.Unmarshal(raw, &list) // checked with the parameters
	return list
}
