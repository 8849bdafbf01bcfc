package world

// Sizes of conversations. With them a record of all default sections is about 15 KB.
const (
	fewestMessages = 3
	usualSpread    = 9
	longSpread     = 12  // added for conversations of more than longAfter
	hugeMessages   = 170 // added for the huge
	longAfter      = 6 * hourMS
)

// write makes the messages of the main dialog.
func (s *story) write(r *random) {
	count := fewestMessages + r.below(usualSpread)
	if s.times.end-s.times.start > longAfter {
		count += r.below(longSpread)
	}
	if s.traits.huge {
		count += hugeMessages + r.below(hugeMessages)
	}
	s.spread(r, count)
	seq, at, mcs := 0, 0, s.traits.mcsStart
	consumerTurn, invited := !s.traits.agentFirst, false
	for i := range count {
		m := message{at: s.offsets[i], seed: r.next(), seq: seq, agent: nobody}
		for at+1 < s.cast.n && s.cast.segments[at].to <= m.at {
			at++
		}
		if i > 0 && r.chance(620) {
			consumerTurn = !consumerTurn
		}
		s.voice(r, &m, &s.cast.segments[at], consumerTurn)
		m.form = s.shape(r, &m, &invited)
		if m.from == byConsumer {
			m.raw = r.below(5) - 2
			mcs = min(max(mcs+int64(m.raw)*5, 0), 100)
			m.mcs = mcs
		}
		s.messages = append(s.messages, m)
		seq++
		if r.chance(60) {
			seq++ // events that are not messages take numbers too
		}
	}
}

// spread draws the moments of count messages, in order, from just after the start to just
// before the end.
func (s *story) spread(r *random, count int) {
	s.offsets = s.offsets[:0]
	var total int64
	for range count {
		w := r.between(1, 60)
		total += w * w
		s.offsets = append(s.offsets, total)
	}
	from, length := s.times.start+300, s.times.end-s.times.start-1000
	for i, sum := range s.offsets {
		s.offsets[i] = from + int64(float64(length)*float64(sum)/float64(total))
	}
	s.offsets[0] = from
}

// voice decides who speaks.
func (s *story) voice(r *random, m *message, g *segment, consumerTurn bool) {
	m.skill = g.skill
	switch {
	case g.agent == nobody || m.at < g.assigned:
		if r.chance(200) && !consumerTurn {
			m.from, m.agent = bySystem, 0
		}
	case consumerTurn:
	case g.agent <= bots:
		m.from, m.agent = byBot, g.agent
	default:
		m.from, m.agent = byHuman, g.agent
		m.note = r.chance(40)
	}
}

// shape decides what is sent; a form is submitted only after an invitation.
func (s *story) shape(r *random, m *message, invited *bool) form {
	p := r.below(1000)
	if m.from == byConsumer {
		switch {
		case *invited:
			*invited = false
			return formSubmit
		case p < 25:
			return hostedFile
		}
		return plain
	}
	if m.from == bySystem || m.note {
		return plain
	}
	switch {
	case p < 50:
		return richContent
	case p < 110:
		return quickReplies
	case p < 130:
		return link
	case p < 145:
		return html
	case p < 155:
		return hostedFile
	case p < 165:
		*invited = true
		return formInvitation
	}
	return plain
}

// surveyQuestions are asked one by one after the end; each answer follows its question.
const surveyQuestions = 3

// writeSurvey makes the messages of the survey dialog.
func (s *story) writeSurvey(r *random) {
	if s.times.survey == s.times.end {
		return
	}
	step := (s.times.survey - s.times.end) / (2*surveyQuestions + 1)
	for i := range 2 * surveyQuestions {
		m := message{at: s.times.end + 500 + int64(i)*step, seed: r.next(), seq: i, agent: 1, skill: s.last().skill, from: byBot, survey: true}
		if i%2 == 1 {
			m.from, m.agent = byConsumer, nobody
		}
		s.messages = append(s.messages, m)
		if !s.times.filled {
			return // nobody answered the first question
		}
	}
}
