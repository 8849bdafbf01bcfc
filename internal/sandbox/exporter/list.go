package exporter

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"transporter/internal/sandbox/feeds"
)

// refresh is when a day's data is there (docs.asapp.com/reporting/file-exporter).
const refresh = 2 * time.Hour

// keptUtterances is how many days utterances are there, then they are purged (fileexporter-feeds).
const keptUtterances = 32

// between is how long after one file of a date the next appears, while the service refreshes.
const between = 20 * time.Second

func (s *Server) listFeeds(w http.ResponseWriter, _ *http.Request, _ request) {
	var names []string
	for _, t := range feeds.ExporterTables() {
		names = append(names, t.Name)
	}
	writeJSON(w, http.StatusOK, map[string]any{"feeds": names})
}

func (s *Server) listVersions(w http.ResponseWriter, _ *http.Request, r request) {
	if _, ok := s.find(w, r, "feed"); ok {
		writeJSON(w, http.StatusOK, r.echo("versions", []string{s.form("version", "1")}, "feed"))
	}
}

func (s *Server) listFormats(w http.ResponseWriter, _ *http.Request, r request) {
	if _, ok := s.find(w, r, "version"); ok {
		writeJSON(w, http.StatusOK, r.echo("formats", []string{s.form("format", "jsonl")}, fields[:2]...))
	}
}

func (s *Server) listDates(w http.ResponseWriter, _ *http.Request, r request) {
	t, ok := s.find(w, r, "format")
	if !ok {
		return
	}
	dates := []string{}
	for _, day := range s.days(t) {
		dates = append(dates, s.form("date", day.Format(time.DateOnly)))
	}
	writeJSON(w, http.StatusOK, r.echo("dates", dates, fields[:3]...))
}

func (s *Server) listIntervals(w http.ResponseWriter, _ *http.Request, r request) {
	t, day, ok := s.date(w, r)
	if !ok {
		return
	}
	intervals := []string{}
	for _, l := range s.leaves(t, day) {
		if l.Every < feeds.Day {
			intervals = append(intervals, interval(l))
		}
	}
	writeJSON(w, http.StatusOK, r.echo("intervals", intervals, fields...))
}

func (s *Server) listFiles(w http.ResponseWriter, _ *http.Request, r request) {
	_, files, ok := s.files(w, r)
	if !ok {
		return
	}
	names := []string{}
	for _, f := range files {
		names = append(names, f.Name)
	}
	writeJSON(w, http.StatusOK, r.echo("files", names, append(fields[:4:4], "interval")...))
}

// form is a value as lists say it.
func (s *Server) form(name, value string) string {
	if s.config.Named {
		return prefixes[name] + value
	}
	return value
}

// interval is the path of a leaf below its date.
func interval(l feeds.Leaf) string { return l.At.Format("hr=15/mi=04") }

// echo returns an answer with what was asked for, byte for byte; the interval only if it was sent.
func (r request) echo(name string, value any, sent ...string) map[string]any {
	answer := map[string]any{name: value}
	for _, field := range sent {
		if v, ok := r[field]; ok {
			answer[field] = v
		}
	}
	return answer
}

// find returns the table that a request names; what it names up to a member must be there. Otherwise it
// has answered.
func (s *Server) find(w http.ResponseWriter, r request, upTo string) (*feeds.Table, bool) {
	t := s.world.Table(r["feed"])
	known := []bool{t != nil, r.bare("version") == "1", r.bare("format") == "jsonl"}
	for i, name := range fields[:3] {
		if !known[i] {
			WriteError(w, http.StatusNotFound, i+1, fmt.Sprintf("%s %q is not there", name, r[name]))
			return nil, false
		}
		if name == upTo {
			break
		}
	}
	return t, true
}

// date returns the table and day that a request names; otherwise it has answered.
func (s *Server) date(w http.ResponseWriter, r request) (*feeds.Table, time.Time, bool) {
	t, ok := s.find(w, r, "format")
	if !ok {
		return nil, time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, r.bare("date"))
	if err != nil {
		WriteError(w, http.StatusUnprocessableEntity, 1, fmt.Sprintf("date %q must be YYYY-MM-DD", r["date"]))
		return nil, day, false
	}
	if !slices.ContainsFunc(s.days(t), day.Equal) {
		WriteError(w, http.StatusNotFound, 4, fmt.Sprintf("date %q is not there", r["date"]))
		return nil, day, false
	}
	return t, day, true
}

// days returns the days of a table that are there, oldest first.
func (s *Server) days(t *feeds.Table) (days []time.Time) {
	kept := s.config.Days
	if t.Name == "utterances" {
		kept = min(kept, keptUtterances)
	}
	newest := s.config.Now().UTC().Add(-refresh).Truncate(feeds.Day).Add(-feeds.Day)
	for i := kept - 1; i >= 0; i-- {
		days = append(days, newest.AddDate(0, 0, -i))
	}
	return days
}

// leaves returns those of a day.
func (s *Server) leaves(t *feeds.Table, day time.Time) (leaves []feeds.Leaf) {
	for l := feeds.LeafOf(t, day); l.At.Before(day.Add(feeds.Day)); l.At = l.At.Add(l.Every) {
		leaves = append(leaves, l)
	}
	return leaves
}
