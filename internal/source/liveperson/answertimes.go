package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"transporter/internal/source"
)

// ChatSLABySkill is the resource of the answer times of chats since the window began, one record
// for each skill: the API sums up the skills that are asked for, so every skill is asked for alone.
const ChatSLABySkill = "rt_sla_by_skill"

// answerTimes is one record: an answer and the skill that it is about.
type answerTimes struct {
	answered
	SkillID id `json:"skillId"`
}

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
		one, at, err := s.answerTimesOf(ctx, skill, w)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(one)
		if err == nil {
			err = st.add(ctx, source.Record{ID: string(skill), Raw: raw, FetchedAt: at})
		}
		if err != nil {
			return errors.Join(st.failure, err)
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
func (s *session) answerTimesOf(ctx context.Context, skill id, w *liveWindow) (one answerTimes, at int64, err error) {
	at = w.clock()
	back := w.sinceBegin(at)
	r, err := realtimeNow[ChatSLA].ask(s.Client, &filters{SkillIDs: []id{skill}}, at, back)
	if err != nil {
		return one, at, err
	}
	from := at - back
	one = answerTimes{SkillID: skill, answered: answered{
		RequestedAt: stamped(at), Request: askedBy(r), IntervalStart: stamped(from - from%bucketMillis), IntervalEnd: stamped(at),
	}}
	return one, at, s.call(ctx, r, func(body io.Reader) error { return json.NewDecoder(body).Decode(&one.Response) })
}

// answeredSkills lists the skills of which agents took chats in the time: also deleted ones, and
// that of chats without any.
func (s *session) answeredSkills(ctx context.Context, w *liveWindow) (ids []id, err error) {
	q := bySkill(&filters{})
	q.Set("v", liveVersion)
	q.Set("timeframe", backInMinutes(w.sinceBegin(w.clock())))
	err = s.call(ctx, s.get(realtimeAPI, realtime[ChatQueueHealth].path, q), func(body io.Reader) error {
		var answer struct {
			SkillsMetrics map[id]struct{ ConnectedEng int64 }
		}
		if err := json.NewDecoder(body).Decode(&answer); err != nil {
			return err
		}
		ids = nil
		for skill, m := range answer.SkillsMetrics {
			if m.ConnectedEng > 0 {
				ids = append(ids, skill)
			}
		}
		slices.Sort(ids)
		return nil
	})
	return ids, err
}
