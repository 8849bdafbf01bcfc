package feeds

import (
	"bytes"
	"strings"
	"time"
)

// badLines are lines that are no row, between lines that are. A leaf with one is not to be read as if
// it were whole; the second export has none.
func (w *World) badLines() Scenario {
	l := w.leaf("issue_omnichannel", 1, 5)
	good := func(issue int) Line {
		return row("issue_id", issue, "company_id", 10001, "third_party_customer_id", "c", "instance_ts", l.At, "company_name", w.config.Company)
	}
	lines := []Line{
		append([]byte("\ufeff"), good(1)...),
		good(2),
		good(3)[:20],
		bytes.Replace(good(4), []byte(`"c"`), []byte("\"c\x01\""), 1),
		bytes.Replace(good(5), []byte(`"c"`), []byte("\"c\xff\xfe\""), 1),
		bytes.Replace(good(6), []byte(`10001`), []byte(`NaN`), 1),
		Line(`["issue_id",7]`),
		Line(""), // which is none, and skipped
		Line(`{"issue_id":8,"issue_id":9,"instance_ts":"` + stamped(l.At) + `"}`),
		good(10),
	}
	clean := []Line{good(1), good(2), good(3), good(4), good(5), good(6), good(7), good(9), good(10)}
	return scenario("issue_omnichannel",
		w.step("a BOM, truncated JSON, a raw control character, invalid UTF-8, NaN, a list", first(l, lines...)),
		w.step("the same rows, whole", first(l, clean...).later(muchLater)))
}

// wfm are runs at :05, :30 and :55, which come less often than windows of 15 minutes end: one has two
// windows, one restates a window, and one window never comes.
func (w *World) wfm() Scenario {
	queue, member := Find("queue_wfm"), Find("queue_membership_wfm")
	hour := w.day(1).Add(5 * time.Hour)
	s := Scenario{Feeds: []string{queue.Name, member.Name}}
	for _, run := range []struct {
		name    string
		minute  int
		windows []int // minutes of hour 05 that they begin at
		calls   int
	}{
		{":05 has the window :-15", 5, []int{-15}, 7},
		{":30 has the window :00", 30, []int{0}, 8},
		{":55 has the window :30 and :00 again; :15 never comes", 55, []int{0, 30}, 9},
		{"the next :05 has the window :45", 65, []int{45}, 10},
	} {
		at := hour.Add(time.Duration(run.minute) * time.Minute)
		var queues, members []Line
		for _, minute := range run.windows {
			window := hour.Add(time.Duration(minute) * time.Minute)
			queues = append(queues, row("instance_ts", window, "company_name", w.config.Company, "queue_id", 101, "queue_name", "service", "rep_id", nil,
				"assignments_ct", run.calls, "abandons_ct", 1, "wait_under_sla", map[string]int{"30": 5, "60": 9}, "export_ts", at))
			members = append(members, row("instance_ts", window, "company_id", 10001, "company_name", w.config.Company, "rep_id", "123008", "queue_id", 101, "queue_name", "service",
				"lin_logged_in_min", 15, "lin_avail_min", run.calls, "export_ts", at))
		}
		for _, e := range []export{first(Leaf{Table: queue, Version: "1", At: at, Every: Window}, queues...), first(Leaf{Table: member, Version: "1", At: at, Every: Window}, members...)} {
			e.written = at.Add(time.Minute)
			s.Steps = append(s.Steps, w.step(e.Table.Name+", run "+run.name, e))
		}
	}
	return s
}

// rowCounts says how many rows each export had, before any is dropped: right, and then wrong by one.
func (w *World) rowCounts() Scenario {
	s := Scenario{Feeds: []string{"issue_session_merge", "export_row_counts"}}
	for i, day := range []int{2, 1} {
		var counts []Line
		for _, hour := range []int{5, 6} {
			l := w.leaf("issue_session_merge", day, hour)
			lines := w.lines(l, 0)
			s.Steps = append(s.Steps, w.step("the leaf "+l.Stamp(), first(l, lines...)))
			n := len(lines)
			if hour == 6 {
				n += i
			}
			counts = append(counts, w.rowCount(l, n))
		}
		l := w.leaf("export_row_counts", day, 0)
		s.Steps = append(s.Steps, w.step([]string{"counts that are right", "counts of which one is wrong by one"}[i], first(l, counts...)))
	}
	return s
}

// rowCount is the row of export_row_counts for a leaf. What an interval looks like is not published;
// the end of the path is chosen.
func (w *World) rowCount(l Leaf, n int) Line {
	date := l.At.Format(time.DateOnly)
	interval := strings.TrimPrefix(strings.TrimPrefix(l.Stamp(), "dt="+date), "/")
	return row("export_date", date, "export_job", l.Table.Job, "export_interval", interval, "exported_rows", n, "company_name", w.config.Company)
}
