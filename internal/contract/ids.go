package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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

// AccountID returns the workflow ID of an account's entity.
func AccountID(account string) string { return "account/" + account }

// Span is a resolved half-open window [From, To) in epoch milliseconds UTC.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// String returns "20261119T000000.000Z-20261120T000000.000Z", fit for keys and file names.
func (s Span) String() string {
	const f = "20060102T150405.000Z"
	return time.UnixMilli(s.From).UTC().Format(f) + "-" + time.UnixMilli(s.To).UTC().Format(f)
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
func LegID(destination, path, fileName string) string {
	sum := sha256.Sum256([]byte(path + "\x00" + fileName))
	return destination + "." + hex.EncodeToString(sum[:4])
}
