package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

// activityReach: a month at once, 13 months back, 1,000 changes a page unless asked for up
// to 5,000 (Agent Activity API, Get Status Changes).
var activityReach = reach{
	defaultLimit: 1000, mostLimit: 5000,
	span:   func(from time.Time) time.Time { return from.AddDate(0, 1, 0) },
	oldest: func(now time.Time) time.Time { return now.AddDate(0, -history.RetentionMonths, 0) },
}

// statusChanges is GET …/status-changes in the flat form of version 2. Recorded answers hold
// none.
func (s *Server) statusChanges(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	v := r.URL.Query()
	q, causes := activityReach.readSpan(v, s.config.Now().UTC(), "from", "to")
	keep, cause := agentFilter(tenantOf(r).world, v.Get("agentId"), v.Get("empId"))
	if causes = append(causes, cause...); len(causes) > 0 {
		writeCauses(w, causes)
		return
	}
	var list []world.StatusChange
	a := tenantOf(r).world
	if a != nil {
		for _, c := range a.StatusChanges(q.from, q.to+1, s.now()) {
			if keep == nil || keep(c.Agent) {
				list = append(list, c)
			}
		}
	}
	rows, _, _ := spoilingOf(r).rows(q.page, len(list))
	body := appendReferences([]byte(`{"_metadata":{`), r, q.page, len(list))
	body = fmt.Appendf(body, `},"timeframe":{"startTime":%q,"endTime":%q,"startTimeL":"%d","endTimeL":"%d"},"stateChanges":[`,
		rfc3339(q.from), rfc3339(q.to), q.from, q.to)
	for i, row := range rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendStatusChange(body, a, &list[row])
	}
	writeBody(w, http.StatusOK, append(body, "]}"...))
}

// agentFilter reads agentId and empId, of which one may be given.
func agentFilter(a *world.Account, agent, employee string) (keep func(int) bool, causes []string) {
	switch {
	case agent != "" && employee != "":
		return nil, []string{"agentId: must not be given together with empId"}
	case agent != "":
		id, err := strconv.ParseInt(agent, 10, 64)
		if err != nil {
			return nil, []string{"agentId: must be a number"}
		}
		return func(i int) bool { return a.Person(i).ID == id }, nil
	case employee != "":
		return func(i int) bool { return a.Person(i).Employee == employee }, nil
	}
	return nil, nil
}

// textlessEvery is how rarely a reason comes with its id alone.
const textlessEvery = 4

// appendStatusChange writes one change as the page's sample does: the first two events of a
// login have no session, and times are RFC 3339 in UTC.
func appendStatusChange(dst []byte, a *world.Account, c *world.StatusChange) []byte {
	p := a.Person(c.Agent)
	session, previous := c.Session, "null"
	if c.Sequence <= 1 {
		session = world.NoSession
	}
	if c.Previous > 0 {
		previous = strconv.Quote(rfc3339(c.Previous))
	}
	reason, text := world.NoReason, "null"
	if c.Reason != world.NoReason {
		reason = c.Reason + 1
		if c.At%textlessEvery != 0 {
			b, _ := json.Marshal(world.AwayReasons[c.Reason]) // a string always marshals
			text = string(b)
		}
	}
	return fmt.Appendf(dst, `{"agentId":%d,"employeeId":"%s","agentLoginName":"%s","agentUserName":"%s","agentGroupId":%d,"time":"%s",`+
		`"sessionId":%d,"sequenceNumber":%d,"statusType":%d,"statusSubType":%d,"statusReasonId":%d,"statusReasonText":%s,"prevStatusChangeTime":%s}`,
		p.ID, p.Employee, p.Login, p.Name, p.Group, rfc3339(c.At),
		session, c.Sequence, c.Type, c.Status, reason, text, previous)
}

// rfc3339 writes a time as the agent activity host does.
func rfc3339(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
