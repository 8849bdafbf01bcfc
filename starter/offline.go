package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/feed"
	"transporter/internal/recordfile"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// offline are the flags of the commands that work on records from files.
type offline struct {
	report, platformAccount, zone, window string
	params, joins                         []string
	requestedAt                           string
	interval                              time.Duration
}

func (o *offline) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.report, "report", "", "the report, such as msg.messages or msg.messages@1.0")
	f.StringArrayVar(&o.joins, "join", nil, "RESOURCE=FILE: records that the report reads beside its own; can be repeated")
	f.StringArrayVar(&o.params, "param", nil, "NAME=VALUE: a parameter of the report, as JSON or as text; can be repeated")
	f.StringVar(&o.platformAccount, "platform-account", "account", "what the column account_id holds")
	f.StringVar(&o.zone, "zone", "UTC", "time zone that times are written in")
	f.StringVar(&o.window, "window", "", "FROM/TO: the window that the records are of")
	f.StringVar(&o.requestedAt, "requested-at", "", "when an answer about now was asked for (default: when its file was last changed)")
	f.DurationVar(&o.interval, "interval", 0, "how long the intervals are that an answer about now counts by (default: 5m, as runs ask)")
}

// job reads the flags into what the renderer needs.
func (o *offline) job() (job transform.Job, err error) {
	if o.report == "" {
		return job, usagef("say which report with --report")
	}
	if job.Report, err = report.Named(o.report); err != nil {
		return job, err
	}
	if job.Zone, err = task.Zone(o.zone); err != nil {
		return job, err
	}
	if err = o.readWindow(&job); err != nil {
		return job, err
	}
	job.AccountID, job.Params = o.platformAccount, report.Params{}
	for _, p := range o.params {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return job, usagef("--param is %q: write NAME=VALUE", p)
		}
		job.Params[name] = asJSON(value)
	}
	for _, also := range job.Report.Also {
		if slices.ContainsFunc(o.joins, func(join string) bool { return strings.HasPrefix(join, also.Resource+"=") }) {
			job.Also = append(job.Also, also.Resource)
		}
	}
	return job, job.Report.CheckParameters(job.Params)
}

func (o *offline) readWindow(job *transform.Job) error {
	if o.window == "" {
		return nil
	}
	first, last, ok := strings.Cut(o.window, "/")
	var from, to time.Time
	if err := times(given{"--window", first, &from}, given{"--window", last, &to}); err != nil {
		return err
	}
	if !ok || !from.Before(to) {
		return usagef("--window is %q: write two times such as 2026-11-19T00:00:00Z/2026-11-20T00:00:00Z", o.window)
	}
	job.From, job.To = from.UnixMilli(), to.UnixMilli()
	return nil
}

// asJSON takes what is no JSON value for a text.
func asJSON(value string) json.RawMessage {
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("marshal text: %v", err)) // texts always marshal
	}
	return text
}

// records reads the report's own records and those of its joins; joins that are not given
// have no records.
func (a *app) records(o *offline, job *transform.Job, paths []string) (*recordfile.Files, error) {
	d := job.Report
	answers, err := a.answers(o, job)
	if err != nil {
		return &recordfile.Files{}, err
	}
	if err := o.readsOnce(paths); err != nil {
		return &recordfile.Files{}, err
	}
	files := &recordfile.Files{Dedupe: feed.Mode(d.FeedDedupe(job.Params)), Answers: answers}
	add := func(resource, path string) error {
		if path == "-" {
			return files.AddStream(resource, "standard input", a.in)
		}
		return files.Add(resource, path)
	}
	for _, path := range paths {
		if err := add(d.Resource, path); err != nil {
			return files, err
		}
	}
	for _, j := range o.joins {
		resource, path, ok := strings.Cut(j, "=")
		if !ok {
			return files, usagef("--join is %q: write RESOURCE=FILE", j)
		}
		if !slices.Contains(joins(d), resource) {
			return files, usagef("--join is %q: %s", j, joinable(d))
		}
		if err := add(resource, path); err != nil {
			return files, err
		}
	}
	for _, resource := range d.Joins {
		files.Leave(resource)
	}
	if n, twice := files.Count(d.Resource); n == 0 && len(job.Also) == 0 {
		_, _ = fmt.Fprintf(a.err, "%s: there is no record in it\n", strings.Join(paths, ", "))
	} else if twice > 0 {
		counts := "copy read last"
		if d.Feed != nil {
			counts = "newest"
		}
		_, _ = fmt.Fprintf(a.err, "%d records came more than once: the %s counts\n", twice, counts)
	}
	return files, nil
}

// readsOnce refuses standard input in two places: the second would find nothing in it.
func (o *offline) readsOnce(paths []string) error {
	times := 0
	for _, path := range slices.Concat(paths, o.joins) {
		if path == "-" || strings.HasSuffix(path, "=-") {
			times++
		}
	}
	if times > 1 {
		return usagef("standard input (-) can be read once: give files in its other places")
	}
	return nil
}

// joins are the resources beside its own that the report reads.
func joins(d *report.Definition) []string {
	all := slices.Clone(d.Joins)
	for _, also := range d.Also {
		all = append(all, also.Resource)
	}
	return all
}

func joinable(d *report.Definition) string {
	if len(joins(d)) == 0 {
		return d.ID + " reads nothing but " + d.Resource
	}
	return d.ID + " also reads " + strings.Join(joins(d), ", ")
}
