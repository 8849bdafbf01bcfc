package transform

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"transporter/internal/source"
)

// Quarantine names a record that no row was written for, and why; or all of a partition, where they
// are many.
type Quarantine struct {
	RecordID string
	Reason   string
	Column   string // empty when the record as a whole cannot be read
}

const (
	// maxQuarantine bounds the list: enough to see what is wrong, little enough to report.
	maxQuarantine = 1000
	// mostNamed is how many lines of one partition are named one by one: nobody looks at more, and
	// what cannot be named cannot be accepted.
	mostNamed = 20
	// mostKept bounds how many are remembered until it is known how many their partitions have.
	mostKept = 10 * maxQuarantine
)

// quarantine gathers the records that no row was written for, those that were accepted aside.
type quarantine struct {
	accepted map[string]bool
	left     int64
	unnamed  int64
	list     []Quarantine
	leaves   map[badOf]*badLeaf // of feeds
	kept     int                // in leaves
}

// badOf is a partition, and whether it is about lines or rows: which rows are written depends on what else
// is delivered, so that those of one kind may be as they were when those of the other are not.
type badOf struct{ leaf, kind string }

// badLeaf is what is wrong with one partition.
type badLeaf struct {
	n     int64
	hash  hash.Hash // of their names, which have their hashes
	named []Quarantine
}

func newQuarantine(job Job) *quarantine {
	q := &quarantine{accepted: map[string]bool{}}
	for _, name := range job.Accepted {
		q.accepted[name] = true
	}
	if job.Report.Feed != nil {
		q.leaves = map[badOf]*badLeaf{}
	}
	return q
}

// add takes a record, as it is named.
func (q *quarantine) add(rec source.Record, bad Quarantine) {
	if q.accepted[bad.RecordID] {
		return
	}
	if q.leaves == nil {
		q.hold(1, bad)
		return
	}
	leaf, _, _ := strings.Cut(bad.RecordID, " ")
	of := badOf{leaf, "bad rows"}
	if strings.HasPrefix(rec.ID, source.BadPrefix) {
		of.kind = "bad lines"
	}
	l := q.leaves[of]
	if l == nil {
		l = &badLeaf{hash: sha256.New()}
		q.leaves[of] = l
	}
	q.kept += l.add(bad, q.kept < mostKept)
}

// add returns how many more are remembered: of more than mostNamed only the first.
func (l *badLeaf) add(bad Quarantine, room bool) (more int) {
	l.n++
	_, _ = io.WriteString(l.hash, bad.RecordID+"\n")
	was := len(l.named)
	if l.n == 1 || room && l.n <= mostNamed && int64(was) == l.n-1 {
		l.named = append(l.named, bad)
	} else {
		l.named = slices.Clip(l.named[:1])
	}
	return len(l.named) - was
}

// hold lists what so many records are left for.
func (q *quarantine) hold(n int64, bad Quarantine) {
	q.left += n
	if len(q.list) == maxQuarantine {
		q.unnamed += n
		return
	}
	q.list = append(q.list, bad)
}

// close tells the result how many records are left that nobody has accepted, and what to accept them by:
// never nothing while there is one.
func (q *quarantine) close(res *Result) {
	for _, of := range slices.SortedFunc(maps.Keys(q.leaves), func(a, b badOf) int {
		return cmp.Or(strings.Compare(a.leaf, b.leaf), strings.Compare(a.kind, b.kind))
	}) {
		l := q.leaves[of]
		if int64(len(l.named)) == l.n {
			for _, bad := range l.named {
				q.hold(1, bad)
			}
			continue
		}
		first := l.named[0]
		all := Quarantine{
			RecordID: fmt.Sprintf("%s %d %s %s", of.leaf, l.n, of.kind, hex.EncodeToString(l.hash.Sum(nil)[:8])),
			Column:   first.Column, Reason: "the first is " + first.RecordID + ": " + first.Reason,
		}
		if !q.accepted[all.RecordID] {
			q.hold(l.n, all)
		}
	}
	res.Left, res.Unnamed, res.Quarantined = q.left, q.unnamed, q.list
}
