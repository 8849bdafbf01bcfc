package transform

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// sampleFiles hold the records of each resource: an object of lists, but for conversations.
//
//go:embed sampledata/*.json
var sampleFiles embed.FS

// sampleConversations is the file that is the list of conversations itself.
const sampleConversations = "messaging_interactions.json"

// sampleHour is when the sample conversations are, of their day.
const sampleHour = 9 * time.Hour

// Samples renders sample files.
type Samples struct{}

// Sample writes a whole file of the report in the format, formatting and parameters of the spec,
// rendered from two made-up conversations or chat engagements, or a small made-up account. It is
// the same every time.
func (Samples) Sample(ctx context.Context, d *report.Definition, spec task.Spec, dst io.Writer) error {
	records, err := loadSample()
	if err != nil {
		return fmt.Errorf("render sample of %s: %w", d.ID, err)
	}
	job := sampleJob(d, spec.Format, records)
	job.Formatting = spec.Formatting
	maps.Copy(job.Params, spec.Parameters)
	out := &sampleFile{}
	if _, err := Render(ctx, job, records, out); err != nil {
		return fmt.Errorf("render sample of %s: %w", d.ID, err)
	}
	envelope := job.Envelope(task.MetadataHeader{}, out.info, 1, time.UnixMilli(job.From).UTC())
	if err := envelope.Write(dst, Body{&out.Buffer, int64(out.Len()), out.info.Tail}); err != nil {
		return fmt.Errorf("write sample of %s: %w", d.ID, err)
	}
	return nil
}

// sampleRecords are the embedded records by resource, in canonical order.
type sampleRecords map[string][]source.Record

// Records implements Inputs.
func (s sampleRecords) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for _, r := range s[resource] {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// sampleJob renders the day that the records are of; intervals of the hour in which the sample
// conversations are.
func sampleJob(d *report.Definition, format string, records sampleRecords) Job {
	day := time.Date(2025, 11, 19, 0, 0, 0, 0, time.UTC)
	job := Job{
		Report: d, Format: format, AccountID: "12345678", Zone: time.UTC, Params: report.Params{},
		From: day.UnixMilli(), To: day.AddDate(0, 0, 1).UnixMilli(),
	}
	if _, counts := d.Effective(nil)["interval_minutes"]; counts {
		job.From = day.Add(sampleHour).UnixMilli()
		job.To = job.From + time.Hour.Milliseconds()
		job.Params["interval_minutes"] = json.RawMessage("60")
	}
	for _, also := range d.Also {
		if len(records[also.Resource]) == 0 || also.File != "" { // a sample is one file
			continue
		}
		job.Also = append(job.Also, also.Resource)
		if also.If != "" { // a sample shows what there may be
			job.Params[also.If] = json.RawMessage("true")
		}
	}
	return job
}

func loadSample() (sampleRecords, error) {
	raws := map[string][]json.RawMessage{}
	files, err := fs.Glob(sampleFiles, "sampledata/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		file, err := sampleFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var list []json.RawMessage
		if filepath.Base(name) != sampleConversations {
			err = json.Unmarshal(file, &raws)
		} else if err = json.Unmarshal(file, &list); err == nil {
			raws["messaging_interactions"] = list
		}
		if err != nil {
			return nil, err
		}
	}
	out := sampleRecords{}
	for resource, list := range raws {
		if d, err := report.Get(resource, ""); err == nil && d.Feed != nil {
			if out[resource], err = sampleLines(d, list); err != nil {
				return nil, err
			}
			continue
		}
		for i, raw := range list {
			var b bytes.Buffer
			if err := json.Compact(&b, raw); err != nil {
				return nil, err
			}
			rec := source.Record{Order: int64(i), ID: fmt.Sprint(i), Raw: b.Bytes()}
			var head struct {
				Time time.Time
				Info struct{ ConversationID string }
			}
			known := json.Unmarshal(rec.Raw, &head) == nil
			if known && !head.Time.IsZero() {
				rec.Order = head.Time.UnixMilli()
			}
			if known && head.Info.ConversationID != "" {
				rec.ID = head.Info.ConversationID
			}
			out[resource] = append(out[resource], rec)
		}
	}
	return out, nil
}

// sampleLines are lines of an exported table, each its own row.
func sampleLines(d *report.Definition, list []json.RawMessage) (out []source.Record, err error) {
	table, ok := feed.TableOf(d.Feed.Table, d.Feed.Door)
	if !ok {
		return nil, fmt.Errorf("%s: the table %s has no rule", d.ID, d.Feed.Table)
	}
	ruler := feed.NewRuler(table, feed.Reference)
	for i, raw := range list {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			return nil, err
		}
		row, err := ruler.Row(b.Bytes(), int64(i+1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.ID, err)
		}
		out = append(out, source.Record{ID: string(row.Key), Raw: b.Bytes()})
	}
	slices.SortFunc(out, func(a, b source.Record) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// sampleFile is a PartSink and PartWriter for the one part of a sample.
type sampleFile struct {
	bytes.Buffer
	info PartInfo
}

// Create implements PartSink.
func (f *sampleFile) Create(context.Context, int) (PartWriter, error) { return f, nil }

// Commit implements PartWriter.
func (f *sampleFile) Commit(_ context.Context, info PartInfo) error {
	f.info = info
	return nil
}

// Abort implements PartWriter.
func (f *sampleFile) Abort() { f.Reset() }
