package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/source"
	"transporter/internal/task"
)

// The tests K1 to K13 that the report catalog must pass are named for their numbers;
// docs/reliability.md lists where each is.

// The same interval exported twice makes the same bytes: every report, every format.
func TestK6TheSameWindowTwiceIsTheSameFile(t *testing.T) {
	in, err := loadSample()
	require.NoError(t, err)
	for _, d := range variedReports() {
		for _, format := range d.Formats {
			job := newJob(t, d.ID, format, nil)
			first, res := render(t, job, in)
			second, again := render(t, job, in)
			require.Equal(t, res, again, "%s as %s", d.ID, format)
			require.Equal(t, first.bodies, second.bodies, "%s as %s", d.ID, format)
			envelope := job.Envelope(task.MetadataHeader{Fields: task.HeaderFields()}, first.infos[0], 1, time.UnixMilli(job.To))
			require.Equal(t, first.file(t, 1, envelope), second.file(t, 1, envelope), "%s as %s", d.ID, format)
		}
	}
}

// -1 of queue metrics is no number: nobody waits minus a millisecond.
func TestK7NullRulesOfQueueMetrics(t *testing.T) {
	in := memory{"queues_now": {{ID: "chat:-1", Raw: []byte(`{"requested_at":"2026-11-20T10:00:00.000Z","channel":"chat","skillId":"-1",` +
		`"metrics":{"currentQueueSize":-1,"currentAvailableSlots":-1,"currentMaxWaitTimeInQueue":-1}}`)}, {ID: "chat:7", Raw: []byte(`{"requested_at":"2026-11-20T10:00:00.000Z",` +
		`"channel":"chat","skillId":"7","metrics":{"currentQueueSize":0,"currentAvailableSlots":2,"currentMaxWaitTimeInQueue":0}}`)}}}
	out, res := render(t, newJob(t, "wfm.queue_snapshot", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{"skill_id": "-1", "queue_size": nil, "available_slots": nil, "max_wait_ms": nil})
	requireValues(t, rows[1], map[string]any{"skill_id": "7", "queue_size": 0, "available_slots": 2, "max_wait_ms": 0})
}

// Nor of queues of messaging, agents, and five minutes that were counted without data.
func TestK7NullRulesOfMessagingQueuesAndAgents(t *testing.T) {
	nothing := func(names ...string) (object, map[string]any) {
		metrics, want := object{}, map[string]any{}
		for i := 0; i < len(names); i += 2 {
			metrics[names[i]], want[names[i+1]] = -1, nil
		}
		return metrics, want
	}
	metrics, want := nothing("time", "source_time", "unassignedConversations", "unassigned", "actionableConversations", "actionable",
		"notActionableConversations", "not_actionable", "actionableAndDuringTransfer", "actionable_transfer", "actionableAndManualSla", "actionable_manual_sla",
		"actionableAndConsumerLastMessage", "actionable_consumer_last", "avgWaitTimeForAgentAssignment_NewConversation", "wait_new_avg_ms",
		"avgWaitTimeForAgentAssignment_AfterTransfer", "wait_transfer_avg_ms", "maxWaitTimeForAgentAssignment", "wait_max_ms",
		"waitTimeForAgentAssignment_50thPercentile", "wait_p50_ms", "waitTimeForAgentAssignment_90thPercentile", "wait_p90_ms",
		"overdueConversationsInQueue", "overdue_in_queue", "overdueConversationsAssigned", "overdue_assigned", "overdueConversationsTotal", "overdue_total")
	requireOne(t, "wfm.queue_snapshot", "queues_now", object{"requested_at": "2026-11-20T10:00:00.000Z", "channel": "messaging", "skillId": "-1", "metrics": metrics}, want)

	agent, want := nothing("currentStatusStartTimeL", "status_since", "currentStatusDuration", "status_ms", "currentStatusReasonStartTimeL", "reason_since",
		"currentStatusReasonDuration", "reason_ms", "load", "load_pct", "configuredMaxSlots", "max_slots", "busySlots", "busy_slots",
		"ringingSlots", "ringing_slots", "openAssignedConversations", "open_assigned", "intenseConversations", "intense")
	agent["agentId"], agent["agentGroupId"], agent["currentStatusReason"], agent["agentName"] = "7", -1, "undefined", "NA"
	want["group_id"], want["reason_id"], want["agent_name"] = "-1", nil, nil
	requireOne(t, "wfm.agent_snapshot", "agentmetrics_status", object{"requested_at": "2026-11-20T10:00:00.000Z", "response": agent}, want)

	from := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	in := memory{"messaging_interactions": nil, "ops_msgqueuehealth": {queueRecord(from, -1), queueRecord(from.Add(10*time.Minute), -1)}}
	in["ops_msgconversation"] = []source.Record{{Raw: fmt.Appendf(nil, `{"interval_start":%q,"interval_end":%q,"response":{"metricsData":{"skillsMetricsPerAgent":{`+
		`"metricsPerSkill":{"77":{"metricsTotals":{"totalResolvedConversations":-1}}}}}}}`, from.Format(time.RFC3339), from.Add(5*time.Minute).Format(time.RFC3339))}}
	in["net_handle_time"] = []source.Record{{Raw: fmt.Appendf(nil, `{"skillId":77,"metricsByIntervals":[{"epochTimestamp":%d,"netHandleTime":-1,"avgAvailableLoad":-1}]}`, from.UnixMilli())}}
	rows := intervalRows(t, "wfm.skill_interval", in, from.UnixMilli(), from.Add(15*time.Minute).UnixMilli(), time.UTC, nil)
	row := rowOf(t, rows, "77", from)
	require.Equal(t, []any{nil, nil}, []any{row["backlog_start"], row["backlog_end"]})
	require.Equal(t, json.Number("0"), row["recon_delta_resolved"], "nothing is known of those resolved, not less than nothing")
	hour := rowOf(t, intervalRows(t, "wfm.skill_interval", in, from.UnixMilli(), from.Add(time.Hour).UnixMilli(), time.UTC, map[string]any{"interval_minutes": 60}), "77", from)
	require.Equal(t, []any{nil, nil}, []any{hour["nht_ms"], hour["load_avg"]})
}

// requireOne renders the one record and compares its row.
func requireOne(t *testing.T, report, resource string, record object, want map[string]any) {
	t.Helper()
	raw, err := json.Marshal(record)
	require.NoError(t, err)
	out, res := render(t, newJob(t, report, FormatJSONL, nil), memory{resource: {{ID: "1", Raw: raw}}})
	require.Empty(t, res.Quarantined)
	requireValues(t, rowsOf(t, out.bodies[0])[0], want)
}

// headOfPart reads what the metadata header of a file says, and counts its rows.
const headOfPart = `
import csv, openpyxl, xml.etree.ElementTree as ET
def read(path):
    kind = path.rsplit(".", 1)[1]
    if kind == "json":
        doc = json.load(open(path))
        return doc["_transporter"], len(doc["rows"])
    if kind == "jsonl":
        lines = [json.loads(line) for line in open(path)]
        return lines[0]["_transporter"], len(lines) - 1
    if kind == "csv":
        lines = list(csv.reader(open(path, newline="")))
        head = {line[0][1:]: line[1] for line in lines if line[0].startswith("#")}
        return head, len(lines) - len(head) - 1
    if kind == "xml":
        root = ET.parse(path).getroot()
        return {f.get("name"): f.text for f in root.iter("field")}, sum(1 for _ in root.iter("row"))
    book = openpyxl.load_workbook(path, read_only=True)
    return {r[0]: r[1] for r in book["Metadata"].iter_rows(values_only=True)}, sum(1 for _ in book["Data"].iter_rows()) - 1
for path in sys.argv[1:]:
    head, rows = read(path)
    print(json.dumps([path, {"rows": str(rows), **{name: str(value) for name, value in head.items()}}]))
`

// One conversation more than the split makes a second file, in every format. Each says which part of
// how many it is, as many records as it has rows, and their record counts add up.
func TestK10AConversationMoreMakesASecondPart(t *testing.T) {
	const interactions = 20_001
	var list []source.Record
	for i := range interactions {
		list = append(list, source.Record{Order: int64(i), ID: strconv.Itoa(i), Raw: fmt.Appendf(nil,
			`{"info":{"conversationId":"c%05d","brandId":"b","startTimeL":%d,"status":"CLOSE"}}`, i, 1_600_000_000_000+i)})
	}
	header := task.MetadataHeader{Fields: []string{"recordCount", "filePart", "totalParts"}}
	for _, format := range newJob(t, "msg.conversations", FormatJSON, nil).Report.Formats {
		t.Run(format, func(t *testing.T) {
			job := newJob(t, "msg.conversations", format, map[string]any{"column_set": []string{"conversation_id", "started_at"}})
			out, res := render(t, job, memory{"messaging_interactions": list})
			require.Equal(t, []int64{2, interactions}, []int64{int64(res.Parts), res.Rows})
			require.EqualValues(t, 20_000, out.infos[0].Entries)
			records, dir := int64(0), t.TempDir()
			for i, info := range out.infos {
				path := filepath.Join(dir, fmt.Sprint(i+1, ".", format))
				require.NoError(t, os.WriteFile(path, out.file(t, i+1, job.Envelope(header, info, res.Parts, time.UnixMilli(job.To))), 0o600))
				var says map[string]any
				if format == FormatParquet {
					rows, head := readertest.Parquet(t, path, parquetPrefix)
					says = map[string]any{"rows": strconv.Itoa(len(rows))}
					for name, value := range head {
						says[name] = value
					}
				} else {
					says = readertest.Python(t, headOfPart, path)[path][0]
				}
				n := strconv.FormatInt(info.Rows, 10)
				requireValues(t, says, map[string]any{"filePart": strconv.Itoa(i + 1), "totalParts": "2", "recordCount": n, "rows": n})
				records += info.Rows
			}
			require.EqualValues(t, interactions, records)
		})
	}
}
