package transform

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/task"
)

func conversations(t testing.TB, seed uint64, n int) memory {
	return memory{}.with(t, "messaging_interactions", newVaried(seed).records(t, n)...).with(t, "skills", accountSkills...)
}

func TestSameInputsGiveTheSameBytes(t *testing.T) {
	in := conversations(t, 11, 120)
	for _, id := range []string{"msg.messages", "msg.conversations", "raw.messaging_interactions"} {
		for _, format := range newJob(t, id, FormatJSON, nil).Report.Formats {
			t.Run(id+" "+format, func(t *testing.T) {
				var params map[string]any
				if format != FormatJSON && id != "raw.messaging_interactions" {
					params = map[string]any{"system_columns": "all"}
				}
				job := newJob(t, id, format, params)
				job.SplitEntries = 50
				first, a := render(t, job, in)
				second, b := render(t, job, in)
				require.Equal(t, first.bodies, second.bodies)
				require.Equal(t, a, b)
			})
		}
	}
}

func TestPartsHoldTheSplitNumberOfRecordsAndAddUp(t *testing.T) {
	in := conversations(t, 12, 201)
	job := newJob(t, "msg.messages", FormatCSV, nil)
	whole, all := render(t, job, in)
	require.Equal(t, 1, all.Parts)
	job.SplitEntries = 100
	out, res := render(t, job, in)
	require.Equal(t, []int64{100, 100, 1}, []int64{out.infos[0].Entries, out.infos[1].Entries, out.infos[2].Entries})
	require.Equal(t, all.Rows, res.Rows)
	header, _, _ := strings.Cut(whole.bodies[0], "\r\n")
	joined := header + "\r\n"
	for i, body := range out.bodies {
		require.Equal(t, i+1, out.infos[i].Part)
		rest, found := strings.CutPrefix(body, header+"\r\n")
		require.True(t, found, "every part begins with the column headers")
		joined += rest
	}
	require.Equal(t, whole.bodies[0], joined)
}

func TestABadLastRecordLeavesNoEmptyPart(t *testing.T) {
	in := conversations(t, 13, 3)
	in["messaging_interactions"][2].Raw = []byte(`{"info":{}}`)
	job := newJob(t, "msg.conversations", FormatCSV, nil)
	job.SplitEntries = 2
	out, res := render(t, job, in)
	require.Len(t, out.bodies, 1)
	require.EqualValues(t, 3, res.Entries)
	require.EqualValues(t, 1, res.Refused)
}

func TestBadRecordsGoToQuarantineWhole(t *testing.T) {
	good := func() object { return newVaried(5).conversation(1) }
	with := func(change func(object)) []byte {
		r := good()
		change(r)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		return b
	}
	message := func(at string, v any) func(object) {
		return func(r object) {
			m := object{"messageId": "m1", "timeL": 1_600_000_700_000, "sentBy": "Consumer", "messageData": object{}}
			bad := object{"messageId": "m2", "timeL": 1_600_000_700_001, "sentBy": "Consumer", "messageData": object{}}
			bad[at] = v
			r["messageRecords"] = []any{m, bad}
		}
	}
	for _, c := range []struct {
		name, column, reason string
		raw                  []byte
	}{
		{"key missing", "message_id", "must have one", with(message("messageId", nil))},
		{"key is a placeholder", "message_id", "must have one", with(message("messageId", "undefined"))},
		{"time missing", "$.messageRecords[].timeL", "must have one", with(message("timeL", nil))},
		{"time is no time", "$.messageRecords[].timeL", "must have one", with(message("timeL", "soon"))},
		{"number is an object", "seq", "an object where a whole number", with(message("seq", object{}))},
		{"text is a list", "message_type", "a list where a text", with(message("type", []any{1}))},
		{"account missing", "account_id", "must have one", with(func(r object) { delete(r["info"].(object), "brandId"); message("seq", 1)(r) })},
		{"partial record", "$.info.isPartial", "only a part", with(func(r object) { r["info"].(object)["isPartial"] = true })},
		{"cut off", "", "record ends where", []byte(`{"info":{"conversationId":"x"`)},
		{"deep", "", "nested deeper", []byte(strings.Repeat("[", 20_000))},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := memory{"messaging_interactions": {{Order: 1, ID: "bad", Raw: c.raw}}}
			in["messaging_interactions"] = append(in["messaging_interactions"], source.Record{Order: 2, ID: "good", Raw: with(message("seq", 1))})
			out, res := render(t, newJob(t, "msg.messages", FormatJSONL, nil), in)
			require.Len(t, res.Quarantined, 1)
			require.Equal(t, "bad", res.Quarantined[0].RecordID)
			require.Equal(t, c.column, res.Quarantined[0].Column)
			require.Contains(t, res.Quarantined[0].Reason, c.reason)
			require.EqualValues(t, 2, res.Entries)
			require.Len(t, rowsOf(t, out.bodies[0]), 2, "the good record's messages, none of the bad one's")
		})
	}
}

// What the source writes for nothing is null everywhere; skill -1 and alerted MCS -1 are values.
func TestK7NullRules(t *testing.T) {
	raw := `{"info":{"conversationId":"c","brandId":"b","startTimeL":1600000000000,"status":"CLOSE","mcs":-1,"alertedMCS":-1,
		"latestSkillId":-1,"latestAgentGroupId":-1,"latestAgentId":"null","language":"NA","source":"","endTimeL":"undefined","conversationEndTimeL":-1,
		"closeReason":"undefined","wasStepUp":"undefined","csat":-1}}`
	out, _ := render(t, newJob(t, "msg.conversations", FormatJSONL, nil), memory{}.with(t, "messaging_interactions", []byte(raw)))
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"mcs": nil, "csat": nil, "ended_at": nil, "latest_agent_id": nil, "language": nil, "source": nil, "channel_family": nil, "close_reason": nil,
		"was_step_up": nil, "duration_ms": nil,
		"mcs_alert": -1, "latest_skill_id": "-1", "latest_group_id": "-1", "first_skill_id": "-1", "first_skill_name": "Unassigned",
		"transfers_total": 0, "skill_path": []any{"-1"}, "intents": []any{}, "handled_by": "none", "is_interactive": false, "opened_by": nil,
		"response_avg_ms": nil, "assigned_total_ms": nil, "messages_total": 0, "is_abandoned": false,
	})
}

func TestHeadAndBodyMakeAValidFile(t *testing.T) { // T13
	end := time.Date(2026, 11, 20, 0, 0, 0, 0, time.FixedZone("", 3600))
	header := task.MetadataHeader{Fields: []string{"recordCount", "endDate", "endTime", "filePart", "totalParts"}}
	for _, n := range []int{0, 5} {
		for _, fields := range [][]HeadField{nil, HeadFields(header, HeadValues{Records: 7, End: end, Part: 1, Parts: 2})} {
			for _, id := range []string{"msg.messages", "raw.messaging_interactions"} {
				for _, format := range newJob(t, id, FormatJSON, nil).Report.Formats {
					for _, f := range []task.Formatting{{}, {Quotes: "minimal", LineEnding: "lf", BOM: true, Delimiter: ";"}, {Headers: "none"}} {
						name := fmt.Sprintf("%s %s n=%d head=%d %+v", id, format, n, len(fields), f)
						job := newJob(t, id, format, nil)
						job.Formatting = f
						out, res := render(t, job, conversations(t, 21, n))
						require.Len(t, out.bodies, 1, name)
						requireValidFile(t, name, format, f, fields, out.file(t, 1, Envelope{format, f, fields, job.Report.Ref(), "UTC"}), res.Rows)
					}
				}
			}
		}
	}
}

func requireValidFile(t *testing.T, name, format string, f task.Formatting, fields []HeadField, file []byte, rows int64) {
	t.Helper()
	switch format {
	case FormatJSON:
		var doc map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(file, &doc), name)
		require.Equal(t, len(fields) > 0, doc["_transporter"] != nil, name)
		var list []json.RawMessage
		for key, value := range doc { // of a raw report the source's own key
			if key != "_transporter" && key != "report" && key != "columns" {
				require.NoError(t, json.Unmarshal(value, &list), name)
			}
		}
		require.Len(t, list, int(rows), name)
	case FormatJSONL:
		var objects []map[string]json.RawMessage // numbers of raw records may be beyond any type
		for d := json.NewDecoder(bytes.NewReader(file)); d.More(); {
			var object map[string]json.RawMessage
			require.NoError(t, d.Decode(&object), name)
			objects = append(objects, object)
		}
		if len(fields) > 0 {
			require.Contains(t, string(objects[0]["_transporter"]), `"recordCount":7`, name)
			objects = objects[1:]
		}
		require.Len(t, objects, int(rows), name)
	case FormatXML:
		var doc struct {
			Metadata []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:",chardata"`
			} `xml:"metadata>field"`
			Columns []struct{} `xml:"columns>column"`
			Rows    []struct{} `xml:"row"`
		}
		require.NoError(t, xml.Unmarshal(file, &doc), name)
		require.Len(t, doc.Metadata, len(fields), name)
		require.Len(t, doc.Rows, int(rows), name)
		require.Equal(t, f.Headers != headersNone, len(doc.Columns) > 0, name)
	case FormatXLSX:
		requireValidWorkbook(t, name, f, fields, file, rows)
	case FormatParquet:
		p, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err, name)
		require.Equal(t, rows, p.NumRows(), name)
		for _, field := range fields {
			value, found := p.Lookup("transporter." + field.Name)
			require.True(t, found, name)
			require.Equal(t, field.Value, value, name)
		}
	case FormatCSV:
		file, bom := bytes.CutPrefix(file, []byte(utf8BOM))
		require.Equal(t, f.BOM, bom, name)
		r := csv.NewReader(bytes.NewReader(file))
		r.Comma, r.FieldsPerRecord = rune(delimiterOf(f)), -1
		all, err := r.ReadAll()
		require.NoError(t, err, name)
		if len(fields) > 0 {
			require.Equal(t, [][]string{{"#recordCount", "7"}, {"#endDate", "2026-11-20"}, {"#endTime", "2026-11-20T00:00:00.000+01:00"}, {"#filePart", "1"}, {"#totalParts", "2"}}, all[:5], name)
			all = all[5:]
		}
		if f.Headers != headersNone {
			require.Equal(t, "_row_key", all[0][0], name)
			all = all[1:]
		}
		require.Len(t, all, int(rows), name)
	}
}

func requireValidWorkbook(t *testing.T, name string, f task.Formatting, fields []HeadField, file []byte, rows int64) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err, name)
	sheets := map[string]int{}
	for _, part := range z.File {
		r, err := part.Open()
		require.NoError(t, err, name)
		var sheet struct {
			Rows []struct{} `xml:"sheetData>row"`
		}
		require.NoError(t, xml.NewDecoder(r).Decode(&sheet), "%s %s", name, part.Name)
		if strings.Contains(part.Name, "worksheets/") {
			sheets[filepath.Base(part.Name)] = len(sheet.Rows)
		}
	}
	want := map[string]int{"sheet1.xml": int(rows)}
	if f.Headers != headersNone {
		want["sheet1.xml"]++
	}
	if len(fields) > 0 {
		want["sheet2.xml"] = len(fields)
	}
	require.Equal(t, want, sheets, name)
}

// stopping gives some records and then fails.
type stopping struct{ memory }

var errStop = errors.New("the store is gone")

func (s stopping) Records(ctx context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for r := range s.memory.Records(ctx, resource) {
			if !yield(r, nil) {
				return
			}
		}
		if resource == "messaging_interactions" {
			yield(source.Record{}, errStop)
		}
	}
}

func TestAFailureCommitsNoFurtherPart(t *testing.T) {
	job := newJob(t, "msg.messages", FormatCSV, nil)
	job.SplitEntries = 40
	out := &files{}
	_, err := Render(context.Background(), job, stopping{conversations(t, 31, 100)}, out)
	require.ErrorIs(t, err, errStop)
	require.Len(t, out.bodies, 2, "whole parts before the failure")
}

func TestRecordsOutOfOrderAreRefused(t *testing.T) {
	in := conversations(t, 32, 3)
	list := in["messaging_interactions"]
	for name, wrong := range map[string][]source.Record{"swapped": {list[1], list[0]}, "twice": {list[0], list[0]}} {
		t.Run(name, func(t *testing.T) {
			_, err := Render(context.Background(), newJob(t, "msg.messages", FormatCSV, nil), memory{"messaging_interactions": wrong}, &files{})
			require.Equal(t, fault.Corrupt, fault.KindOf(err), "%v", err)
		})
	}
}

func TestJobsThatCannotBeRenderedNameTheField(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Job)
		field  string
	}{
		"format":    {func(j *Job) { j.Format = "ods" }, "format"},
		"parts":     {func(j *Job) { j.SplitEntries = -1 }, "parts.entries"},
		"parameter": {func(j *Job) { j.Params["time_basis"] = json.RawMessage(`"noon"`) }, "parameters.time_basis"},
	} {
		t.Run(name, func(t *testing.T) {
			job := newJob(t, "msg.messages", FormatCSV, nil)
			c.change(&job)
			_, err := Render(context.Background(), job, memory{}, &files{})
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.field, f.Field)
		})
	}
}
