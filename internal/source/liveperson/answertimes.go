package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// ChatSLABySkill is the resource of the answer times of chats since the window began, one record
// for each skill: the API sums up the skills that are asked for, so every skill is asked for alone.
const ChatSLABySkill = "rt_sla_by_skill"

var chatSLABySkill = resource{
	api: realtimeAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		w, err := newLiveWindow(c, q, minuteMillis)
		if err == nil {
			err = w.oldest(w.clock() - lookBackMillis)
		}
		return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
			return c.readAnswerTimes(ctx, &w, sl, sink)
		}}, err
	},
	probe: func(ctx context.Context, c *Client) error {
		return realtimeNow[ChatSLA].resource().probe(ctx, c)
	},
}

// readAnswerTimes asks for one skill after another: those of the query, or else all of which
// agents took chats.
func (c *Client) readAnswerTimes(ctx context.Context, w *liveWindow, sl source.Slice, sink source.Sink) error {
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	skills := w.SkillIDs
	if len(skills) == 0 {
		var err error
		if skills, err = s.answeredSkills(ctx, w); err != nil {
			return err
		}
	}
	if !st.begin(ctx) {
		return st.failure
	}
	for _, skill := range skills {
		one, err := s.answerTimesOf(ctx, skill, w)
		if err == nil {
			err = st.add(ctx, one)
		}
		if err != nil {
			return err
		}
	}
	return st.commit(ctx, s.calls, nil)
}

// sinceBegin is how long before at the window began, in full minutes: the API counts from the last
// mark of five minutes before that (Operational Realtime API, "timeframe").
func (w *liveWindow) sinceBegin(at int64) int64 {
	back := (at - w.from) / minuteMillis * minuteMillis
	return min(max(back, minuteMillis), lookBackMillis)
}

// answerTimesOf asks for one skill.
func (s *session) answerTimesOf(ctx context.Context, skill id, w *liveWindow) (one source.Record, err error) {
	at := w.clock()
	back := w.sinceBegin(at)
	r, err := realtimeNow[ChatSLA].ask(s.Client, &filters{SkillIDs: []id{skill}}, at, back)
	if err != nil {
		return one, err
	}
	var raw json.RawMessage
	if err := s.call(ctx, r, func(body io.Reader) error { return json.NewDecoder(body).Decode(&raw) }); err != nil {
		return one, err
	}
	one, err = answer.Of(ChatSLABySkill).Record(raw, answer.Asked{At: at, From: at - back, To: at, Skill: string(skill), Request: askedBy(r)})
	one.ID = string(skill)
	return one, err
}

// answeredSkills lists the skills of which agents took chats in the time: also deleted ones, and
// that of chats without any.
func (s *session) answeredSkills(ctx context.Context, w *liveWindow) (ids []id, err error) {
	q := bySkill(&filters{})
	q.Set("v", liveVersion)
	q.Set("timeframe", backInMinutes(w.sinceBegin(w.clock())))
	err = s.call(ctx, s.get(realtimeAPI, realtime[ChatQueueHealth].path, q), func(body io.Reader) error {
		var head struct {
			SkillsMetrics map[id]struct{ ConnectedEng int64 }
			MetricsTotals json.RawMessage
		}
		if err := json.NewDecoder(body).Decode(&head); err != nil {
			return err
		}
		if head.SkillsMetrics == nil && head.MetricsTotals == nil {
			return errors.New("the answer has neither skillsMetrics nor metricsTotals")
		}
		ids = nil
		for skill, m := range head.SkillsMetrics {
			if m.ConnectedEng > 0 {
				ids = append(ids, skill)
			}
		}
		slices.Sort(ids)
		return nil
	})
	return ids, err
}
