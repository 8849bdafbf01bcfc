package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// variedFeeds are tables that between them have every type, a key with members that are no
// columns, one of retired columns, and names of all kinds: tables are made alike.
var variedFeeds = []string{"asapp.convos_metrics", "asapp.queue_wfm", "asapp.rep_activity", "asapp.rep_hierarchy", "asapp.fe_staging_conversation_state"}

// variedReports are the reports that tests of every report in many ways go over.
func variedReports() (out []*report.Definition) {
	for _, d := range report.Catalog() {
		if d.Feed == nil || slices.Contains(variedFeeds, d.ID) {
			out = append(out, d)
		}
	}
	return out
}

// memory gives records from memory, in the canonical order.
type memory map[string][]source.Record

func (m memory) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for _, r := range m[resource] {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// fetchedAt is the moment at which fixtures say they were read.
const fetchedAt = 1_700_000_000_000

// with adds records of the resource; order and id are read from the record itself.
func (m memory) with(t testing.TB, resource string, raws ...[]byte) memory {
	t.Helper()
	for _, raw := range raws {
		var head struct {
			ID   json.RawMessage
			Info struct {
				ConversationID, EngagementID string
				EngagementSequence           json.RawMessage
				StartTimeL                   int64
			}
		}
		require.NoError(t, json.Unmarshal(raw, &head))
		id := head.Info.ConversationID
		if head.Info.EngagementID != "" {
			id = head.Info.EngagementID + ":" + string(head.Info.EngagementSequence)
		}
		if id == "" {
			id = string(bytes.Trim(head.ID, `"`))
		}
		m[resource] = append(m[resource], source.Record{Order: head.Info.StartTimeL, ID: id, Raw: raw, FetchedAt: fetchedAt})
	}
	m.sort(resource)
	return m
}

// sort puts the records of the resource in the canonical order.
func (m memory) sort(resource string) {
	sort.Slice(m[resource], func(i, j int) bool { return before(m[resource][i], m[resource][j]) })
}

// files collects parts in memory.
type files struct {
	bodies  []string
	infos   []PartInfo
	aborted int
}

type file struct {
	bytes.Buffer
	to *files
}

func (f *files) Create(_ context.Context, part int) (PartWriter, error) {
	return &file{to: f}, nil
}

func (f *file) Commit(_ context.Context, info PartInfo) error {
	f.to.bodies = append(f.to.bodies, f.String())
	f.to.infos = append(f.to.infos, info)
	return nil
}

func (f *file) Abort() { f.to.aborted++ }

// newJob returns a job over everything, in UTC, with CSV as Python writes it.
func newJob(t testing.TB, id, format string, params map[string]any) Job {
	t.Helper()
	def, err := report.Get(id, "")
	require.NoError(t, err)
	job := Job{
		Report: def, Format: format, Zone: time.UTC, AccountID: "account-1",
		Formatting: task.Formatting{Quotes: quotesMinimal}, From: 1_600_000_000_000, To: 1_600_086_400_000,
	}
	job.Params = paramsOf(t, params)
	return job
}

func paramsOf(t testing.TB, params map[string]any) map[string]json.RawMessage {
	t.Helper()
	given := map[string]json.RawMessage{}
	for name, v := range params {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		given[name] = raw
	}
	return given
}

func render(t testing.TB, job Job, in Inputs) (*files, Result) {
	t.Helper()
	out := &files{}
	res, err := Render(context.Background(), job, in, out)
	require.NoError(t, err)
	require.Len(t, out.infos, res.Parts)
	return out, res
}

// file returns the whole file of the part, counted from 1.
func (f *files) file(t testing.TB, part int, e Envelope) []byte {
	t.Helper()
	var b bytes.Buffer
	body := f.bodies[part-1]
	require.NoError(t, e.Write(&b, Body{strings.NewReader(body), int64(len(body)), f.infos[part-1].Tail}))
	return b.Bytes()
}

// publishedRecords returns the published records of one API, or skips.
func publishedRecords(t testing.TB, name, key string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "liveperson", "data", name))
	if err != nil {
		t.Skip("the published samples are not here")
	}
	if key == "" {
		return [][]byte{b}
	}
	var body map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(b, &body))
	var list []json.RawMessage
	require.NoError(t, json.Unmarshal(body[key], &list))
	require.NotEmpty(t, list)
	var out [][]byte
	for _, r := range list {
		out = append(out, r)
	}
	return out
}

// rowsOf reads a JSON Lines body into maps.
func rowsOf(t testing.TB, body string) []map[string]any {
	t.Helper()
	var out []map[string]any
	dec := json.NewDecoder(bytes.NewReader([]byte(body)))
	for dec.More() {
		row := map[string]any{}
		require.NoError(t, dec.Decode(&row))
		out = append(out, row)
	}
	return out
}

// inOrder returns the records in canonical order.
func inOrder(t testing.TB, records [][]byte) (out [][]byte) {
	t.Helper()
	for _, r := range (memory{}).with(t, "x", records...)["x"] {
		out = append(out, r.Raw)
	}
	return out
}

// compacted returns the record on one line.
func compacted(t testing.TB, record []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, record))
	return b.Bytes()
}
