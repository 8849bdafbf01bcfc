package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// nhtReach: a week at once, nine weeks back, ten skills a page (Net Handle Time API, Get Net
// Handle Time by Skill).
var nhtReach = reach{
	defaultLimit: 10, mostLimit: 10,
	span:   func(from time.Time) time.Time { return from.AddDate(0, 0, 7) },
	oldest: func(now time.Time) time.Time { return now.AddDate(0, 0, -9*7) },
}

// nhtQuery is a validated query: interval in milliseconds, starts in [from, to], both included
// and at marks of it.
type nhtQuery struct {
	asked

	interval int64
	skills   idSet
}

// netHandleTime is GET …/nht in the paged form of version 2, of all skills or those asked for.
func (s *Server) netHandleTime(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	t := tenantOf(r)
	if t.world == nil {
		writeError(w, http.StatusNotFound, "recorded answers hold no net handle time")
		return
	}
	q, causes := parseNHT(r, s.config.Now().UTC())
	if len(causes) > 0 {
		writeCauses(w, causes)
		return
	}
	var skills []int64
	for _, id := range t.world.SkillIDs() {
		if q.skills.has(id) {
			skills = append(skills, id)
		}
	}
	rows, count, _ := spoilingOf(r).rows(q.page, len(skills))
	hours := q.work(t.world, s.now())
	info := []metrics{}
	for _, row := range rows {
		info = append(info, metrics{"skillId": skills[row], "metricsByIntervals": hours.intervals(skills[row], q, s.now())})
	}
	text := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05") }
	writeJSON(w, http.StatusOK, metrics{
		"_metadata": json.RawMessage(append(appendReferences(fmt.Appendf(nil, `{"count":%d,`, count), r, q.page, len(skills)), '}')),
		"timeframe": metrics{"fromDate": text(q.from), "toDate": text(q.to), "fromMillis": q.from, "toMillis": q.to},
		"interval":  q.interval / minuteMS, "skillInfo": info,
	})
}

func parseNHT(r *http.Request, now time.Time) (q nhtQuery, causes []string) {
	v := r.URL.Query()
	q.asked, causes = nhtReach.readSpan(v, now, "fromDate", "toDate")
	if !v.Has("fromDate") && !v.Has("fromMillis") {
		causes = append(causes, "fromDate: is required, or fromMillis")
	}
	if v.Get("v") != "2" {
		causes = append(causes, "v: only version 2, which has pages, is served here")
	}
	minutes, err := parameter(v, "interval", 60, 15, 60)
	if err != nil || minutes != 15 && minutes != 30 && minutes != 60 {
		causes = append(causes, "interval: must be 15, 30 or 60")
	}
	if q.skills, err = idList(v, "skillIds"); err != nil {
		causes = append(causes, err.Error())
	}
	if len(causes) == 0 {
		q.interval = int64(minutes) * minuteMS
		q.from, q.to = closest(q.from, q.interval), closest(q.to, q.interval)
	}
	return q, causes
}

// closest is the mark of step next to t.
func closest(t, step int64) int64 { return (t + step/2) / step * step }
