package sandbox

import "fmt"

// scoreTally is a count of answers to the question of satisfaction, by score.
type scoreTally struct{ scores [6]int64 }

// answerCSAT is msgcsatdistribution: surveys answered within the timeframe, by the last skill
// and agent of their conversation. It knows no intervals.
func answerCSAT(t *tenant, r liveRequest) map[string]any {
	r.parts = nil
	all := t.world.Live(r.whole.from, r.now)
	return bySkillAndAgent(r, func(s stretch, each func(skill, agent int64) []*scoreTally) {
		for _, c := range all {
			if c.Answered < 0 || !s.holds(c.Answered) {
				continue
			}
			skill, agent := lastOf(c)
			for _, one := range each(skill, agent) {
				one.scores[c.CSAT]++
			}
		}
	}, (*scoreTally).metrics)
}

func (t *scoreTally) metrics() metrics {
	out, total := metrics{}, int64(0)
	for score := 1; score <= 5; score++ {
		out[fmt.Sprintf("csat_score%d_answers", score)] = t.scores[score]
		total += t.scores[score]
	}
	positive := t.scores[4] + t.scores[5]
	return with(out, metrics{"total_answers": total, "positive_answers": positive, "csat_score": orZero(positive, total)})
}
