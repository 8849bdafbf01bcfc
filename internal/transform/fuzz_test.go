package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// Each target renders whatever records a source could send, one a line, as every report of
// one family in every format: no crash, every record in a file or in quarantine, and files
// that a reader opens with as many rows as were counted. make fuzz runs them for longer.

func FuzzRenderMessaging(f *testing.F)     { fuzzReports(f, "messaging_interactions") }
func FuzzRenderChat(f *testing.F)          { fuzzReports(f, "engagement_history") }
func FuzzRenderAgentActivity(f *testing.F) { fuzzReports(f, "agent_activity") }
func FuzzRenderHandleTime(f *testing.F)    { fuzzReports(f, "handle_time") }
func FuzzRenderConfiguration(f *testing.F) { fuzzReports(f, listResources...) }

var listResources = []string{"agent_groups", "lobs", "profiles", "skills", "status_reasons", "users"}

// FuzzRenderFeeds takes tables that between them have every type.
func FuzzRenderFeeds(f *testing.F) { fuzzReports(f, variedFeeds...) }

// FuzzRenderOthers takes the reports of every resource that has no target of its own.
func FuzzRenderOthers(f *testing.F) {
	own := append([]string{"messaging_interactions", "engagement_history", "agent_activity", "handle_time"}, listResources...)
	var others []string
	for _, d := range report.Catalog() {
		if d.Feed == nil && !slices.Contains(own, d.Resource) && !slices.Contains(others, d.Resource) {
			others = append(others, d.Resource)
		}
	}
	fuzzReports(f, others...)
}

// fuzzReports fuzzes the reports that read one of the resources. Sample records are the seeds,
// and what the reports join. A seed is one record: executions are as slow as their input is long.
func fuzzReports(f *testing.F, resources ...string) {
	samples, err := loadSample()
	require.NoError(f, err)
	var all []*report.Definition
	for _, resource := range resources {
		for _, d := range report.Catalog() {
			if d.Resource == resource {
				all = append(all, d)
			}
		}
		var raws [][]byte
		for _, r := range samples[resource] {
			raws = append(raws, r.Raw)
		}
		require.NotEmpty(f, raws, resource)
		for i := range all {
			f.Add(uint8(i), uint8(i), raws[i%len(raws)])
		}
		f.Add(uint8(len(all)-1), uint8(0), bytes.Join(raws, []byte("\n")))
	}
	require.NotEmpty(f, all)
	for _, text := range nasty[:len(nasty)-1] { // without the very long one
		f.Add(uint8(0), uint8(0), []byte(`{"id":1,"name":"`+text+`","info":{"conversationId":"`+text+`"}}`))
	}
	f.Fuzz(func(t *testing.T, which, how uint8, lines []byte) {
		d := all[int(which)%len(all)]
		requireWhole(t, newJob(t, d.ID, d.Formats[int(how)%len(d.Formats)], nil), samples, lines)
	})
}

// requireWhole renders the lines as records, and wants each of them in the file or refused.
func requireWhole(t *testing.T, job Job, joins sampleRecords, lines []byte) {
	t.Helper()
	in, broken := memory{}, int64(0)
	for resource, list := range joins {
		in[resource] = list
	}
	in[job.Report.Resource] = nil
	for i, raw := range bytes.Split(lines, []byte("\n")) {
		if !json.Valid(raw) {
			broken++
		}
		in[job.Report.Resource] = append(in[job.Report.Resource], source.Record{Order: job.From + int64(i), ID: strconv.Itoa(i), Raw: raw, FetchedAt: fetchedAt})
	}
	out := &files{}
	res, err := Render(context.Background(), job, in, out)
	if joinsItself := slices.Contains(job.Report.Joins, job.Report.Resource); joinsItself && err != nil {
		require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
		return
	}
	require.NoError(t, err)
	require.EqualValues(t, len(in[job.Report.Resource]), res.Entries)
	require.GreaterOrEqual(t, res.Refused, broken, "what is no JSON is refused")
	require.Equal(t, min(res.Refused, maxQuarantine), int64(len(res.Quarantined)))
	var entries, rows int64
	for i, info := range out.infos {
		entries, rows = entries+info.Entries, rows+info.Rows
		file := out.file(t, i+1, Envelope{Format: job.Format, Formatting: job.Formatting, Report: job.Report.Ref(), Zone: "UTC"})
		requireValidFile(t, job.Report.ID, job.Format, task.Formatting{Quotes: quotesMinimal}, nil, file, info.Rows)
	}
	require.Equal(t, res.Rows, rows)
	if job.Report.Fold == "" {
		require.Equal(t, res.Entries, entries+res.Refused)
	}
}

// FuzzText writes any text in every format and reads it back with readers that are not ours.
func FuzzText(f *testing.F) {
	for i := range len(nasty) - 1 {
		f.Add(nasty[i])
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		requireSurvives(t, text)
		in := memory{}.with(t, "messaging_interactions", aMessage(t, text))
		out, res := render(t, newJob(t, "msg.messages", FormatParquet, textParams()), in)
		requireValidFile(t, "parquet", FormatParquet, task.Formatting{}, nil, out.file(t, 1, Envelope{Format: FormatParquet}), res.Rows)
		out, res = render(t, newJob(t, "msg.messages", FormatXML, textParams()), in)
		if res.Refused > 0 {
			require.Contains(t, res.Quarantined[0].Reason, "XML 1.0 cannot")
			return
		}
		var doc struct {
			Rows []struct {
				Cols []string `xml:"col"`
			} `xml:"row"`
		}
		require.NoError(t, xml.Unmarshal(out.file(t, 1, Envelope{Format: FormatXML}), &doc))
		require.Equal(t, text, doc.Rows[0].Cols[0])
	})
}
