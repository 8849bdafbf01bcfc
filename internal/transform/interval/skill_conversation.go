package interval

import (
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// conversation counts one, as it was known when it was read.
func (f *Skills) conversation(root jsonrec.Value, known int64) error {
	c := &f.talk
	c.Reset(root)
	if d := c.Check(); d != nil {
		return d
	}
	var last []byte
	c.SkillStays(func(s *messaging.SkillStay) {
		last = skillOf(s.Skill)
		f.skillStay(s, known)
	})
	c.AgentStays(f.agentStay)
	c.EachReturn(func(at int64, skill []byte) {
		if t := f.table.at(skillOf(skill), at); t != nil {
			t.returned++
		}
	})
	c.EachSaid(func(m messaging.Said) {
		if t := f.table.at(skillOf(m.Skill), m.At); t != nil && m.Human {
			t.messages++
		}
	})
	f.rating(last)
	return nil
}

func (f *Skills) skillStay(s *messaging.SkillStay, known int64) {
	skill := skillOf(s.Skill)
	if t := f.table.at(skill, s.From); t != nil {
		t.begin(s, f.Threshold(skill), known)
	}
	if !s.Ended {
		return
	}
	if t := f.table.at(skill, s.To); t != nil {
		t.conclude(s)
	}
}

// begin counts a skill segment that starts in the interval, against the longest wait that is
// within the service level.
func (t *skillTally) begin(s *messaging.SkillStay, threshold, known int64) {
	t.started++
	if s.Start == messaging.NewConversation {
		t.fresh++
	}
	switch {
	case s.Answered && s.HumanWait <= threshold:
		t.within++
	case s.Ended && s.Abandoned && s.To-s.From < threshold:
		t.short++
	case !s.Answered && !s.Ended && known-s.From <= threshold:
		t.unsettled++
	}
}

// conclude counts a skill segment that ends in the interval (G8).
func (t *skillTally) conclude(s *messaging.SkillStay) {
	t.concluded++
	switch {
	case !s.Last:
	case s.End == messaging.ClosedByAgent:
		t.byAgent++
	case s.End == messaging.ClosedByConsumer:
		t.byConsumer++
	default:
		t.bySystem++
	}
	add := func(n *int64, is bool) {
		if is {
			*n++
		}
	}
	add(&t.abandoned, s.Abandoned)
	add(&t.abandonedInQueue, s.Abandoned && s.Agents == 0)
	add(&t.interactive, s.Interactive)
	add(&t.silentCons, s.SilentConsumer)
	add(&t.silentAg, s.SilentAgent)
}

func (f *Skills) agentStay(s *messaging.AgentStay) {
	skill := skillOf(s.Skill)
	if t := f.table.at(skill, s.From); t != nil {
		t.assign(s)
	}
	if s.Ended {
		if t := f.table.at(skill, s.To); t != nil {
			t.segments.add(s.To - s.From)
			if s.Answered {
				t.firstResponse.add(s.FirstResponse)
			}
			if s.Human && s.Messages > 0 {
				t.handled++
			}
		}
	}
	for i := range f.Axis.Len() {
		if _, end := f.Axis.Bounds(i); s.From <= end && (!s.Ended || s.To > end) {
			f.table.in(skill, i).open++
		}
	}
}

// assign counts an agent segment that starts in the interval.
func (t *skillTally) assign(s *messaging.AgentStay) {
	t.assigned++
	if !s.Waited {
		return
	}
	t.waits = append(t.waits, s.Wait)
	switch {
	case s.First:
		t.waitNew.add(s.Wait)
	default:
		t.waitTransfer.add(s.Wait)
		if s.FromBot {
			t.waitBot.add(s.Wait)
		}
	}
}

// rating counts the consumer's answer in the interval that the conversation ended in, for the
// skill that it had then.
func (f *Skills) rating(skill []byte) {
	end, ended := f.talk.Ended()
	score := f.talk.Ratings().CSAT
	if !ended || score < lowestCSAT {
		return
	}
	if t := f.table.at(skill, end); t != nil {
		if t.rated++; score >= goodCSAT {
			t.ratedWell++
		}
	}
}

// R9: answers are 1 to 5, good ones 4 and 5.
const (
	lowestCSAT = 1
	goodCSAT   = 4
)
