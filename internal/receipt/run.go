package receipt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math"
	"regexp"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/store"
)

// RunRecord is what stays of a run when Temporal has forgotten it. It holds no secret.
type RunRecord struct {
	contract.RecordIn

	Downloads   []Download    `json:"downloads,omitempty"`
	Quarantined []Quarantined `json:"quarantined,omitempty"` // what the run is red for, at most 1,000
}

// Quarantined names a record that cannot be written as a row, and why.
type Quarantined struct {
	Record string `json:"record"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// Download is one file of a run that can be fetched while its artefact is kept.
type Download struct {
	Name      string       `json:"name"`
	Leg       string       `json:"leg"`
	Ref       contract.Ref `json:"ref"`
	Encrypted bool         `json:"encrypted"`
}

// PutRun writes the record of a run that ended, replacing that of an earlier execution of
// the same workflow. Idempotent.
func (b *Book) PutRun(ctx context.Context, r RunRecord) error {
	key := runKey(r.Run.Account, r.Run.Task, r.WorkflowID)
	if err := store.CheckKey(key); err != nil {
		return fmt.Errorf("put run record: %w", err)
	}
	if err := b.records.Put(ctx, key, r); err != nil {
		return err
	}
	line := lineOf(r)
	for _, key := range []string{line.key(allRuns(r.Run.Account)), line.key(taskRuns(r.Run.Account, r.Run.Task))} {
		if _, err := b.store.Put(ctx, key, bytes.NewReader(nil)); err != nil {
			return err
		}
	}
	return nil
}

// Run returns the record of the workflow's last execution that ended, nil if there is none.
func (b *Book) Run(ctx context.Context, account, task, workflowID string) (*RunRecord, error) {
	var r RunRecord
	found, err := b.records.Get(ctx, runKey(account, task, workflowID), &r)
	if !found || err != nil {
		return nil, err
	}
	return &r, nil
}

// runKey ends in the workflow ID without what the key says already.
func runKey(account, task, workflowID string) string {
	return "runs/" + account + "/" + task + "/" + runPart(account, task, workflowID)
}

func runPart(account, task, workflowID string) string {
	short := strings.TrimPrefix(workflowID, "report/"+account+"/"+task+"/")
	return strings.NewReplacer("/", "~", ":", "").Replace(short)
}

// RunFilter selects records; zero fields do not filter. Records are found by the names of
// empty objects, so that only those asked for are read:
//
//	runs-by-time/{account}/all/{line} and runs-by-time/{account}/task/{task}/{line}
//	line = {inverted start}~{start}~{outcome}~{task}~{run}
//
// The inverted start (99999999999999 less epoch milliseconds) makes key order newest first.
type RunFilter struct {
	Account string
	Task    string
	Outcome string
	From    time.Time // started at or after
	Before  time.Time // started before
	Limit   int       // zero: all
}

// Runs returns the records that match, newest start first.
func (b *Book) Runs(ctx context.Context, f RunFilter) ([]RunRecord, error) {
	var runs []RunRecord
	for line, err := range b.lines(ctx, f) {
		if err != nil {
			return nil, err
		}
		var r RunRecord
		found, err := b.records.Get(ctx, "runs/"+f.Account+"/"+line.task+"/"+line.run, &r)
		if err != nil {
			return nil, err
		}
		if !found || lineOf(r) != line { // of an execution before the one recorded
			continue
		}
		if runs = append(runs, r); len(runs) == f.Limit {
			break
		}
	}
	return runs, nil
}

// RunLine is what the index tells of a run that ended.
type RunLine struct {
	contract.RunName

	Started time.Time
	Outcome string
}

// Lines returns the ended runs of a task, newest start first, without reading their records.
func (b *Book) Lines(ctx context.Context, account, task string) iter.Seq2[RunLine, error] {
	return func(yield func(RunLine, error) bool) {
		for line, err := range b.lines(ctx, RunFilter{Account: account, Task: task}) {
			name, ok := contract.ParseRunID("report/" + account + "/" + task + "/" + runSuffix(line.run))
			if err == nil && !ok {
				err = fault.New(fault.Corrupt, "list runs: %q is no run", line.run)
			}
			if !yield(RunLine{RunName: name, Started: time.UnixMilli(line.started).UTC(), Outcome: line.outcome}, err) || err != nil {
				return
			}
		}
	}
}

// runSuffix undoes runPart.
func runSuffix(part string) string {
	m := partTime.FindStringSubmatchIndex(part)
	if m == nil {
		return part
	}
	at := part[m[2]:m[3]]
	return part[:m[2]] + at[:2] + ":" + at[2:4] + ":" + at[4:] + strings.ReplaceAll(part[m[3]:], "~", "/")
}

var partTime = regexp.MustCompile(`T(\d{6})Z`)

func (b *Book) lines(ctx context.Context, f RunFilter) iter.Seq2[runLine, error] {
	prefix := allRuns(f.Account)
	if f.Task != "" {
		prefix = taskRuns(f.Account, f.Task)
	}
	earliest := int64(math.MinInt64)
	if !f.From.IsZero() {
		earliest = f.From.UnixMilli()
	}
	return func(yield func(runLine, error) bool) {
		for info, err := range b.store.List(ctx, prefix) {
			if err != nil {
				yield(runLine{}, err)
				return
			}
			line, err := parseLine(strings.TrimPrefix(info.Key, prefix))
			if err == nil && line.started < earliest { // newest first: only older ones follow
				return
			}
			if err == nil && !line.matches(f) {
				continue
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func allRuns(account string) string        { return "runs-by-time/" + account + "/all/" }
func taskRuns(account, task string) string { return "runs-by-time/" + account + "/task/" + task + "/" }

// runLine is what an index key tells of a record.
type runLine struct {
	started            int64 // epoch milliseconds
	outcome, task, run string
}

const (
	lastMilli  = 99999999999999 // in the year 5138
	lineTime   = "20060102T150405Z"
	lineFields = 5
)

func lineOf(r RunRecord) runLine {
	return runLine{
		started: r.Started.UnixMilli(), outcome: r.Outcome, task: r.Run.Task,
		run: runPart(r.Run.Account, r.Run.Task, r.WorkflowID),
	}
}

func (l runLine) key(prefix string) string {
	return fmt.Sprintf("%s%014d~%s~%s~%s~%s", prefix, lastMilli-l.started,
		time.UnixMilli(l.started).UTC().Format(lineTime), l.outcome, l.task, l.run)
}

func parseLine(name string) (runLine, error) {
	fields := strings.SplitN(name, "~", lineFields)
	var inverted int64
	if _, err := fmt.Sscanf(fields[0], "%d", &inverted); err != nil || len(fields) != lineFields {
		return runLine{}, fault.New(fault.Corrupt, "list runs: %q is not an index key", name)
	}
	return runLine{started: lastMilli - inverted, outcome: fields[2], task: fields[3], run: fields[4]}, nil
}

func (l runLine) matches(f RunFilter) bool {
	return (f.Outcome == "" || l.outcome == f.Outcome) &&
		(f.Before.IsZero() || l.started < f.Before.UnixMilli())
}
