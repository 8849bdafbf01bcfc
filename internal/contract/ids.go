package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const idTime = "2006-01-02T15:04:05Z"

// MillisLayout writes a time as RFC 3339 with milliseconds.
const MillisLayout = "2006-01-02T15:04:05.000Z07:00"

// RunID returns the workflow ID of a run, the same for schedule, backfill and manual
// starts: report/{account}/{task}/g{generation}-{fire time}, with /r{n} for a revision
// above zero and /a{n} for an attempt above one.
func RunID(account, task string, generation int, fire time.Time, revision, attempt int) string {
	id := ScheduleActionID(account, task, generation) + "-" + fire.UTC().Format(idTime)
	if revision > 0 {
		id += fmt.Sprintf("/r%d", revision)
	}
	if attempt > 1 {
		id += fmt.Sprintf("/a%d", attempt)
	}
	return id
}

// ScheduleActionID returns the workflow ID that a schedule's action carries; the
// server appends "-" and the nominal time, which makes it equal to RunID.
func ScheduleActionID(account, task string, generation int) string {
	return fmt.Sprintf("report/%s/%s/g%d", account, task, generation)
}

// ScheduleID returns the id of a task's schedule.
func ScheduleID(account, task string) string { return "task/" + account + "/" + task }

// DeadlineID returns the id of the schedule that watches the deadlines of a task, which its
// workflows carry too: the server appends "-" and the deadline.
func DeadlineID(account, task string) string { return "deadline/" + account + "/" + task }

// AccountID returns the workflow ID of an account's entity.
func AccountID(account string) string { return "account/" + account }

// Span is a resolved half-open window [From, To) in epoch milliseconds UTC.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

const spanTime = "20060102T150405.000Z"

// String returns "20261119T000000.000Z-20261120T000000.000Z", fit for keys and file names.
func (s Span) String() string {
	return time.UnixMilli(s.From).UTC().Format(spanTime) + "-" + time.UnixMilli(s.To).UTC().Format(spanTime)
}

// ParseSpan reads what Span.String writes.
func ParseSpan(text string) (Span, error) {
	from, to, _ := strings.Cut(text, "-")
	a, err := time.Parse(spanTime, from)
	if err != nil {
		return Span{}, fmt.Errorf("parse window: %w", err)
	}
	b, err := time.Parse(spanTime, to)
	if err != nil {
		return Span{}, fmt.Errorf("parse window: %w", err)
	}
	return Span{From: a.UnixMilli(), To: b.UnixMilli()}, nil
}

// RunName is what the workflow ID of a run says, see RunID.
type RunName struct {
	Account, Task string
	Generation    int
	Fire          time.Time
	Revision      int
	Attempt       int // at least 1
}

var runIDForm = regexp.MustCompile(`^report/([^/]+)/([^/]+)/g(\d{1,9})-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)(?:/r(\d{1,9}))?(?:/a(\d{1,9}))?$`)

// ParseRunID reads the workflow ID of a run; ok is false for any other.
func ParseRunID(id string) (n RunName, ok bool) {
	m := runIDForm.FindStringSubmatch(id)
	if m == nil {
		return RunName{}, false
	}
	fire, err := time.Parse(idTime, m[4])
	if err != nil {
		return RunName{}, false
	}
	number := func(s string, absent int) int {
		if v, err := strconv.Atoi(s); err == nil {
			return v
		}
		return absent
	}
	return RunName{
		Account: m[1], Task: m[2], Generation: number(m[3], 0), Fire: fire, Revision: number(m[5], 0), Attempt: number(m[6], 1),
	}, true
}

// ID returns the workflow ID.
func (n RunName) ID() string {
	return RunID(n.Account, n.Task, n.Generation, n.Fire, n.Revision, n.Attempt)
}

// Delivery identifies what one leg delivers, once: the key of receipts.
type Delivery struct {
	Account    string `json:"account"`
	Task       string `json:"task"`
	Generation int    `json:"generation"`
	Span       Span   `json:"span"`
	Revision   int    `json:"revision"`
	Leg        string `json:"leg,omitempty"` // empty: the whole run
}

// Key returns the delivery key: account/task/g{n}/{from-to}/r{n}[/leg].
func (d Delivery) Key() string {
	k := fmt.Sprintf("%s/%s/g%d/%s/r%d", d.Account, d.Task, d.Generation, d.Span, d.Revision)
	if d.Leg != "" {
		k += "/" + d.Leg
	}
	return k
}

// Token returns 16 hexadecimal characters derived from the key, for temporary names.
func (d Delivery) Token() string {
	sum := sha256.Sum256([]byte(d.Key()))
	return hex.EncodeToString(sum[:8])
}

// LegID names a leg of a task: the destination and what distinguishes two legs to it.
func LegID(destination, path, naming string) string {
	sum := sha256.Sum256([]byte(path + "\x00" + naming))
	return destination + "." + hex.EncodeToString(sum[:4])
}

// LegDestination returns the destination of a leg's ID.
func LegDestination(leg string) string {
	destination, _, _ := strings.Cut(leg, ".")
	return destination
}
