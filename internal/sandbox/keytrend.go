package sandbox

import (
	"fmt"
	"net/http"
)

// mostKeyPoints come in one answer.
const mostKeyPoints = 100

var keyTrendMethod = keyMethod{
	userTypes: []string{"HUMAN", "BOT"}, byTime: []string{"transfers", "concluded_conversations", "closed_conversations"},
}

// keyTrend is POST historical: points from the beginning to the end, each about the interval
// before it, the first therefore about what was before.
func (s *Server) keyTrend(w http.ResponseWriter, r *http.Request) {
	a, q, ok := s.readKeyQuery(w, r, keyTrendMethod)
	if !ok {
		return
	}
	minutes, err := parameter(r.URL.Query(), "interval", 0, 0, longestTimeframe)
	whole := stretch{q.during.from, q.during.to - 1}
	step := int64(minutes) * minuteMS
	if step == 0 {
		step = trendStep(whole)
	}
	if points := (whole.to-whole.from)/step + 1; err == nil && points > mostKeyPoints {
		err = fmt.Errorf("interval: makes %d points, and there may be %d", points, mostKeyPoints)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	all, points := a.Live(whole.from-step, q.now), []metrics{}
	for at := whole.from; at <= whole.to; at += step {
		t := &keyTallies{q: q, by: func(attributed) int64 { return 0 }}
		t.count(all, stretch{at - step, at})
		points = append(points, metrics{"timestamp": at, "values": q.values(&t.total)})
	}
	writeJSON(w, http.StatusOK, metrics{"historicalMetricsIntervals": points})
}

// trendStep is the first of 5 minutes, an hour, a day and a twelfth of the time that makes few
// enough points.
func trendStep(whole stretch) int64 {
	for _, step := range []int64{5 * minuteMS, 60 * minuteMS, 1440 * minuteMS} {
		if (whole.to-whole.from)/step < mostKeyPoints {
			return step
		}
	}
	return (whole.to - whole.from) / 12
}
