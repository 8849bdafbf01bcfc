package interval

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// AgentSkills counts what every agent did for every skill in every interval, of conversations
// that had a moment in the window.
type AgentSkills struct {
	people
	axis  *Axis
	talk  messaging.Conversation
	table table[pairTally] // by agent and skill, see pairKey
	row   row
	now   int64 // when the latest record was read
}

// pairTally is one agent's work for one skill in one interval.
type pairTally struct {
	time                                     int64 // of all segments, summed, in milliseconds
	messages                                 int64 // of the agent, in segments that ended
	first, firstFresh, firstMoved            mean
	response, segment                        mean
	started, handled, interactive, abandoned int32
	silentConsumer, silentAgent              int32
}

// NewAgentSkills makes one ready.
func NewAgentSkills(axis *Axis, o PeopleOptions) *AgentSkills {
	return &AgentSkills{people: newPeople(o), axis: axis, table: newTable[pairTally](axis)}
}

// pairKey is an agent and a skill, so that keys sort by agent, then skill. A skill that is not
// known is empty.
func pairKey(agent, skill []byte) []byte { return bytes.Join([][]byte{agent, skill}, []byte{0}) }

// Add implements the fold. It gives nothing before the end.
func (f *AgentSkills) Add(_ string, root jsonrec.Value, rec source.Record, _ func(source.Record) error) error {
	f.now = max(f.now, rec.FetchedAt)
	f.talk.Reset(root)
	if d := f.talk.Check(); d != nil {
		return d
	}
	_, end := f.axis.Bounds(f.axis.Len() - 1)
	f.talk.AgentStays(func(s *messaging.AgentStay) {
		if s.Agent != nil && s.From < end && f.counts(s.Agent, f.talk.AgentType(s.Agent)) {
			f.nameByStay(s)
			f.assigned(s)
		}
	})
	return nil
}

func (f *AgentSkills) assigned(s *messaging.AgentStay) {
	key := pairKey(s.Agent, s.Skill)
	if t := f.table.at(key, s.From); t != nil {
		t.started++
	}
	_, to := f.axis.Bounds(f.axis.Len() - 1)
	if s.Ended {
		to = s.To
		if t := f.table.at(key, s.To); t != nil {
			t.end(s)
		}
	}
	f.axis.Clip(s.From, to, func(i int, from, to int64) { f.table.in(key, i).time += to - from })
}

// end counts a stay that ended in the interval (G8).
func (t *pairTally) end(s *messaging.AgentStay) {
	t.segment.add(s.To - s.From)
	t.messages += s.Messages
	t.response.sum, t.response.n = t.response.sum+s.ResponseSum, t.response.n+s.Responses
	if s.Answered {
		t.first.add(s.FirstResponse)
		switch {
		case s.Fresh():
			t.firstFresh.add(s.FirstResponse)
		case s.AfterTransfer():
			t.firstMoved.add(s.FirstResponse)
		}
	}
	for _, one := range []struct {
		n  *int32
		is bool
	}{
		{&t.handled, s.Messages > 0},
		{&t.interactive, s.Interactive},
		{&t.abandoned, s.Abandoned},
		{&t.silentConsumer, s.SilentConsumer},
		{&t.silentAgent, s.SilentAgent},
	} {
		if one.is {
			*one.n++
		}
	}
}

// Tell has told called with the id of every row that something is counted in from now on, and
// those of the records before the present one that it comes of.
func (f *AgentSkills) Tell(told func(id string, from ...string)) { f.table.told = told }

// End implements the fold: it gives the rows of every agent and skill, interval after interval.
func (f *AgentSkills) End(give func(source.Record) error) ([]byte, error) {
	all := f.times()
	for _, key := range slices.Sorted(maps.Keys(f.table.rows)) {
		agent, skill, _ := strings.Cut(key, "\x00")
		for i, t := range f.table.rows[key] {
			if t == nil {
				continue
			}
			f.write(agent, skill, i, t, all[agent][i])
			from, _ := f.axis.Bounds(i)
			if err := give(f.row.record(f.axis.id(key, i), from, f.now)); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// times are the milliseconds of an agent's segments, of whatever skill, by interval.
func (f *AgentSkills) times() map[string][]int64 {
	all := map[string][]int64{}
	for key, list := range f.table.rows {
		agent, _, _ := strings.Cut(key, "\x00")
		if all[agent] == nil {
			all[agent] = make([]int64, f.axis.Len())
		}
		for i, t := range list {
			if t != nil {
				all[agent][i] += t.time
			}
		}
	}
	return all
}

func (f *AgentSkills) write(agent, skill string, i int, t *pairTally, all int64) {
	r := &f.row
	r.begin()
	r.interval(f.axis, i)
	f.writeWho(r, agent)
	if skill == "" {
		r.text("skillId", nil)
	} else {
		r.text("skillId", []byte(skill))
	}
	r.count("segmentsStarted", int64(t.started))
	r.count("segmentsEnded", t.segment.n)
	r.count("handled", int64(t.handled))
	r.count("interactive", int64(t.interactive))
	r.count("abandoned", int64(t.abandoned))
	r.count("nonresponsiveConsumer", int64(t.silentConsumer))
	r.count("nonresponsiveAgent", int64(t.silentAgent))
	r.ratio("messagesAvg", t.messages, t.segment.n)
	r.mean("segmentAvg", t.segment)
	r.mean("firstResponseAvg", t.first)
	r.mean("firstResponseNewAvg", t.firstFresh)
	r.mean("firstResponseTransferAvg", t.firstMoved)
	r.mean("responseAvg", t.response)
	r.count("skillTime", t.time)
	r.ratio("skillTimeShare", t.time, all)
}
