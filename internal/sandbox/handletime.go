package sandbox

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"transporter/internal/sandbox/world"
)

// segmentsReach: a week at once, a month back, 100 segments a page unless asked for up to 500
// (Actual Handle Time API, Get Agent Segments). Breakdown lists take a day at once.
var (
	segmentsReach = reach{
		defaultLimit: 100, mostLimit: 500,
		span:   func(from time.Time) time.Time { return from.AddDate(0, 0, 7) },
		oldest: func(now time.Time) time.Time { return now.AddDate(0, -1, 0) },
	}
	breakdownReach = reach{
		defaultLimit: 1, mostLimit: 1,
		span:   func(from time.Time) time.Time { return from.AddDate(0, 0, 1) },
		oldest: segmentsReach.oldest,
	}
)

// agentSegments is GET …/agent-segments: those that ended in the timeframe, newest first.
// Recorded answers hold none.
func (s *Server) agentSegments(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	q, causes := segmentsReach.readSpan(r.URL.Query(), s.config.Now().UTC(), "from", "to")
	if len(causes) > 0 {
		writeCauses(w, causes)
		return
	}
	a := tenantOf(r).world
	list := s.segmentsOf(a, q.from, q.to+1)
	list = slices.DeleteFunc(list, func(x world.AgentSegment) bool { return !wanted(a, &x, r.URL.Query()) })
	slices.Reverse(list)
	rows, count, _ := spoilingOf(r).rows(q.page, len(list))
	body := fmt.Appendf(nil, `{"timeframe":{"startTime":%q,"endTime":%q,"startTimeL":%d,"endTimeL":%d},"segments":[`,
		rfc3339(q.from), rfc3339(q.to), q.from, q.to)
	for i, row := range rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendSegment(body, a, &list[row])
	}
	body = appendReferences(fmt.Appendf(body, `],"pagination":{"count":%d,`, count), r, q.page, len(list))
	writeBody(w, http.StatusOK, append(body, "}}"...))
}

func (s *Server) segmentsOf(a *world.Account, from, to int64) []world.AgentSegment {
	if a == nil {
		return nil
	}
	return a.AgentSegments(from, to, s.now())
}

// wanted applies the filters by id.
func wanted(a *world.Account, x *world.AgentSegment, v url.Values) bool {
	p := a.Person(x.Agent)
	for name, value := range map[string]string{
		"ConversationId": x.Conversation, "AgentId": strconv.FormatInt(p.ID, 10), "EmployeeId": p.Employee,
		"SkillId": strconv.FormatInt(x.Skill, 10), "GroupId": strconv.FormatInt(p.Group, 10),
	} {
		if v.Has(name) && v.Get(name) != value {
			return false
		}
	}
	return true
}

func appendSegment(dst []byte, a *world.Account, x *world.AgentSegment) []byte {
	p := a.Person(x.Agent)
	return fmt.Appendf(dst, `{"segmentId":"%s","startTimeL":%d,"endTimeL":%d,"conversationId":"%s","agentId":%d,"employeeId":"%s","skillId":%d,`+
		`"groupId":%d,"endReason":"%s","totalHandleTimeMillis":%d,"endTime":"%s","startTime":"%s"}`,
		x.ID, x.Start, x.End, x.Conversation, p.ID, p.Employee, x.Skill, p.Group, x.Reason, x.Handle, rfc3339(x.End), rfc3339(x.Start))
}

const hourMillis = int64(time.Hour / time.Millisecond)

// breakdownFiles is GET …/agent-segments/breakdown: the files that tell the handling of the
// segments which ended in the timeframe, one for each hour.
func (s *Server) breakdownFiles(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	v := r.URL.Query() // from and to are epoch milliseconds here
	span := url.Values{"source": v["source"], "fromMillis": v["from"], "toMillis": v["to"]}
	q, causes := breakdownReach.readSpan(span, s.config.Now().UTC(), "from", "to")
	if len(causes) > 0 {
		writeCauses(w, causes)
		return
	}
	files := []string{}
	for hour := q.from - q.from%hourMillis; hour <= q.to; hour += hourMillis {
		if len(s.segmentsOf(tenantOf(r).world, hour, hour+hourMillis)) > 0 {
			files = append(files, breakdownPath(hour, r.PathValue("account")))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"timeframe": map[string]string{"startTime": rfc3339(q.from), "endTime": rfc3339(q.to)}, "files": files,
	})
}

func breakdownPath(hour int64, account string) string {
	t := time.UnixMilli(hour).UTC()
	return fmt.Sprintf("/year=%d/month=%d/day=%d/hour=%d/accountId=%s/sequences.%d.%s.00000.json.gz",
		t.Year(), t.Month(), t.Day(), t.Hour(), account, hour, t.Format("20060102150405"))
}

// breakdownName is the form of a path, with the hour in its name.
var breakdownName = regexp.MustCompile(`^/year=\d{4}/month=\d{1,2}/day=\d{1,2}/hour=\d{1,2}/accountId=[a-zA-Z0-9_]+/sequences\.(\d{1,15})\.[a-zA-Z0-9_.-]+\.json\.gz$`)

// breakdownFile is GET …/agent-segments/files: a compressed file with one handling unit a line.
func (s *Server) breakdownFile(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	v := r.URL.Query()
	m := breakdownName.FindStringSubmatch(v.Get("path"))
	if m == nil || !sourceName.MatchString(v.Get("source")) {
		writeCauses(w, []string{"path: must be a path of a breakdown list, source must match ^[a-zA-Z0-9_]{1,20}$"})
		return
	}
	hour, _ := strconv.ParseInt(m[1], 10, 64) // digits by the form
	if breakdownPath(hour, r.PathValue("account")) != v.Get("path") {
		writeError(w, http.StatusNotFound, "there is no such file")
		return
	}
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	for _, x := range s.segmentsOf(tenantOf(r).world, hour, hour+hourMillis) {
		for i, u := range x.Units {
			_, _ = fmt.Fprintf(z, `{"segmentId":"%s","sequence":%d,"startReason":"consumerMessage","endReason":"agentResponse","startTimestamp":%d,`+
				`"endTimestamp":%d,"handleTimeMillis":%d,"insertTimestamp":%d}`+"\n", x.ID, i+1, u.From, u.To, u.To-u.From, x.Visible) // to memory
		}
	}
	_ = z.Close()
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Length", strconv.Itoa(file.Len()))
	_, _ = w.Write(file.Bytes()) // a client that went away is no error of ours
}
