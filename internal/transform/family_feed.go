package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// aboutBadLine are the members of what stands for a line that is no JSON object.
var aboutBadLine = []string{"_bad", "_reason", "_sha256"}

// feedLine is one line of an exported table.
type feedLine struct {
	root  jsonrec.Value
	known map[string]bool // members that have columns, or are about the line
}

func newFeedLine(s setting) *family {
	l := &feedLine{known: map[string]bool{}}
	for _, name := range aboutBadLine {
		l.known[name] = true
	}
	for _, c := range s.job.Report.Columns {
		for _, a := range c.Path {
			l.known[strings.TrimPrefix(a.Path, "$.")] = true
		}
	}
	return &family{
		reset:  func(root jsonrec.Value) { l.root = root },
		defect: func() error { return nil },
		bind:   func(name string) (fact, bool) { return l.extra, name == "extra" },
	}
}

// extra is an object of the members that are no columns, so that what a platform adds to a table
// is delivered before anybody has heard of it.
func (l *feedLine) extra(s *scope, out *cell.Cell) {
	out.SetNull()
	from := len(s.scratch)
	for name, v := range l.root.Members() {
		if l.known[string(name)] {
			continue
		}
		s.scratch = jsonrec.AppendText(append(s.scratch, ','), name)
		s.scratch = v.AppendCompact(append(s.scratch, ':'))
	}
	if len(s.scratch) > from {
		s.scratch = append(s.scratch, '}')
		s.scratch[from] = '{'
		out.SetJSON(s.scratch[from:len(s.scratch):len(s.scratch)])
	}
}

// linePlace names a line by its place and a hash, as a bad line is named: its key may be made of personal
// data, and names are shown, logged and told.
func linePlace(rec source.Record) string {
	if strings.HasPrefix(rec.ID, source.BadPrefix) {
		return rec.ID
	}
	var at struct {
		Leaf string `json:"_leaf"`
		File string `json:"_file"`
		Line int64  `json:"_line"`
	}
	sum := sha256.Sum256(rec.Raw)
	hash := hex.EncodeToString(sum[:8])
	if err := json.Unmarshal(rec.Raw, &at); err != nil || at.Leaf == "" {
		return source.BadPrefix + "row " + hash
	}
	return fmt.Sprintf("%s%s %s line %d %s", source.BadPrefix, at.Leaf, at.File, at.Line, hash)
}

// leafPath is where a line says which partition it is of, if that is a part of its row key.
func leafPath(job Job, in *scope) *path {
	if job.Report.FeedDelivery(job.Params) != report.DeliveryLeaf {
		return nil
	}
	return compilePath("$._leaf", in)
}

// hidesKey reports whether a row key of the job may not say what it is made of: a task without
// personal columns has none of them in the key either, nor one of which nobody has said what it is.
func hidesKey(job Job) bool {
	var set string
	_ = json.Unmarshal(job.Params[report.ParamColumnSet], &set) // a list of names chooses for itself
	names := job.Report.RowKeyFor(job.Params)
	other := job.Key.Columns()
	if len(other) > 0 {
		names = other
	}
	return job.Report.Feed != nil && set == report.ColumnsImpersonal &&
		slices.ContainsFunc(names, func(name string) bool {
			c := job.Report.Column(name)
			return c == nil && len(other) > 0 || c != nil && c.Class != ""
		})
}

// isLine reports whether the rows are lines of an exported table, of which the record's id says the key.
func (t *table) isLine() bool { return t.job.Report.Feed != nil }

// appendLineKey writes the row key of a line: its record's id, an array of the values of its key
// (feed.Row), behind the partition where each is delivered by itself.
func (t *table) appendLineKey(dst []byte) []byte {
	from := len(dst)
	if t.leafKey == nil || len(t.id) == 0 || t.id[0] != '[' {
		dst = append(dst, t.id...)
	} else {
		dst = jsonrec.AppendText(append(dst, '['), t.leafKey.text(&t.scope))
		dst = append(append(dst, ','), t.id[1:]...)
	}
	if t.hidesKey {
		sum := sha256.Sum256(dst[from:])
		dst = hex.AppendEncode(dst[:from], sum[:])
	}
	return dst
}
