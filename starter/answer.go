package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"transporter/internal/recordfile"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
	"transporter/internal/transform"
)

// answers makes the records of answers about now by what the flags say was asked for. What is read
// beside the report's own records is counted by intervals of five minutes where its API knows them: an
// answer about longer ones would count nowhere, and is refused.
func (a *app) answers(o *offline, job *transform.Job) (recordfile.Answers, error) {
	asked := answer.Asked{From: job.From, To: job.To, Interval: answer.Bucket, Skill: onlySkill(job)}
	params := job.Report.Effective(job.Params)
	var minutes int64
	if json.Unmarshal(params["interval"], &minutes) == nil && minutes > 0 {
		asked.Interval = minutes * time.Minute.Milliseconds()
	}
	if asked.Interval = cmp.Or(o.interval.Milliseconds(), asked.Interval); asked.Interval < 0 {
		return nil, usagef("--interval is %s: give the length of intervals, such as 5m", o.interval)
	}
	var at time.Time
	if err := times(given{"--requested-at", o.requestedAt, &at}); err != nil {
		return nil, err
	}
	told := map[string]bool{}
	return func(one recordfile.Answer, give func(source.Record) error) error {
		asked := asked
		if asked.At = at.UnixMilli(); o.requestedAt == "" {
			asked.At = one.Changed
			if !told[one.File] {
				_, _ = fmt.Fprintf(a.err, "%s: taken as asked for at %s, when it was last changed: say with --requested-at if it was not\n", one.File, answer.Stamped(asked.At))
			}
			told[one.File] = true
		}
		if one.Resource != job.Report.Resource {
			asked.Parts = true
		}
		return answer.Read(one.Resource, one.Body, asked, give)
	}, nil
}

// onlySkill returns the skill that was asked for, if it was one.
func onlySkill(job *transform.Job) string {
	var ids []string
	if json.Unmarshal(job.Params["skill_ids"], &ids) != nil || len(ids) != 1 {
		return ""
	}
	return ids[0]
}
