package transform

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/source"
)

// The benchmark's input: enough for seconds of Python, and the mean of 15 messages that
// the sandbox's conversations have.
const (
	benchRecords  = 6000
	benchMessages = 15
)

// benchInput makes records of an everyday account: clean, in order, every section of
// the API's default content.
func benchInput(b testing.TB) [][]byte {
	g := newVaried(99)
	out := make([][]byte, benchRecords)
	for i := range out {
		raw, err := json.Marshal(g.everyday(i))
		require.NoError(b, err)
		out[i] = raw
	}
	return out
}

func (g varied) everyday(i int) object {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	at := int64(1_600_000_000_000) + int64(i)*60_000
	r := object{
		"info": object{
			"conversationId": id, "brandId": "12345678", "startTimeL": at, "status": "CLOSE", "isPartial": false, "latestSkillId": 2, "latestSkillName": "billing",
			"startTime": "2020-09-13 12:26:40.000+0000", "closeReason": "AGENT", "source": "SHARK", "latestAgentFullName": "Agent 101", "mcs": 55, "duration": 300000,
		}, "dialogs": []any{object{"dialogId": id, "dialogType": "MAIN", "status": "CLOSE", "skillId": 2, "skillName": "billing"}},
		"transfers": []any{object{"timeL": at + 60000, "dialogId": id, "reason": "Skill", "sourceSkillId": 1, "sourceSkillName": "sales", "targetSkillId": 2, "targetSkillName": "billing", "sourceAgentId": "103"}},
		"campaign":  object{"campaignId": "2266771712", "campaignName": "Web", "goalId": "2266719412", "goalName": "Interact with visitors", "lobId": 2389848512},
	}
	var agents, messages, scores []any
	for _, a := range agentIDs[:3] {
		agents = append(agents, object{"agentId": a, "userType": kindsOf[a], "agentFullName": "Agent " + a, "agentLoginName": "login" + a, "agentGroupId": 4, "permission": "ASSIGNED_AGENT", "timeL": at})
	}
	for n := range benchMessages {
		m := object{
			"messageId": fmt.Sprintf("ms::dialog:%s::msg:%d", id, n), "seq": n, "timeL": at + int64(n)*20_000, "time": "2020-09-13 12:26:40.000+0000", "type": "TEXT_PLAIN",
			"dialogId": id, "audience": "ALL", "source": "SHARK", "device": "DESKTOP", "messageData": object{"msg": object{"text": one(g, benchTexts...)}},
		}
		if n%3 == 0 {
			m["sentBy"], m["participantId"] = "Consumer", "f92c9890-2c95-428b-8a32-083528620d31"
		} else {
			m["sentBy"], m["participantId"] = "Agent", agentIDs[n%3]
		}
		messages = append(messages, m)
		scores = append(scores, object{"messageId": m["messageId"], "mcs": 50 + n, "messageRawScore": 0, "timeL": at, "time": "2020-09-13 12:26:40.000+0000"})
	}
	r["agentParticipants"], r["messageRecords"], r["messageScores"] = agents, messages, scores
	return r
}

var benchTexts = []string{
	"Hello! I was charged twice for my order last week, could you please have a look at it?",
	"Thank you for reaching out — I am sorry to hear that. Let me check “order 10045” for you.",
	"¿Puedo cambiar la dirección de entrega? El paquete todavía no ha salido 📦",
	"Yes.", "ok, thanks a lot 👍", "مرحبا، متى يصل طلبي؟",
	"I can see both charges, one of them is only reserved by the bank and\nwill be released within 3 working days.",
}

// discard is a sink that counts.
type discard struct{ bytes int64 }

func (d *discard) Create(context.Context, int) (PartWriter, error) { return d, nil }
func (d *discard) Write(b []byte) (int, error)                     { d.bytes += int64(len(b)); return len(b), nil }
func (d *discard) Commit(context.Context, PartInfo) error          { return nil }
func (d *discard) Abort()                                          {}

// BenchmarkRender prints MB/s of source JSON on one core for each report and format.
func BenchmarkRender(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	records := benchInput(b)
	in := memory{}.with(b, "messaging_interactions", records...)
	five := []string{"conversation_id", "message_id", "sent_at", "sender_kind", "text"}
	for _, c := range []struct {
		name, report, format string
		params               map[string]any
	}{
		{"messages/csv", "msg.messages", FormatCSV, nil},
		{"messages/csv-five-columns", "msg.messages", FormatCSV, map[string]any{"column_set": five, "system_columns": "none"}},
		{"messages/jsonl", "msg.messages", FormatJSONL, nil},
		{"conversations/csv", "msg.conversations", FormatCSV, nil},
		{"raw/json", "raw.messaging_interactions", FormatJSON, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			job := newJob(b, c.report, c.format, c.params)
			b.SetBytes(sizeOf(in["messaging_interactions"]))
			b.ReportAllocs()
			for b.Loop() {
				_, err := Render(context.Background(), job, in, &discard{})
				require.NoError(b, err)
			}
		})
	}
}

func sizeOf(records []source.Record) (n int64) {
	for _, r := range records {
		n += int64(len(r.Raw))
	}
	return n
}

// BenchmarkRival writes msg.messages as CSV from one JSON Lines file to another, on one
// core: ours, then a plain Python script (testdata/rival.py, pinned with taskset where
// there is one), in turns. It reports MB of source JSON per second of processor time of
// both and the ratio, and makes sure that both files are the same. Processor time, not
// the clock's, so that a busy machine does not blur the figures.
func BenchmarkRival(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	args := []string{realtest.Program(b, "python3", "python3"), filepath.Join("testdata", "rival.py")}
	if taskset, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{taskset, "-c", "0"}, args...)
	}
	path := lines(b, benchInput(b))
	info, err := os.Stat(path)
	require.NoError(b, err)
	job := newJob(b, "msg.messages", FormatCSV, nil)
	dir := b.TempDir()
	ours, theirs := filepath.Join(dir, "ours.csv"), filepath.Join(dir, "theirs.csv")
	var fast, slow time.Duration
	rounds := 0.0
	for b.Loop() {
		began := processorTime(b)
		renderFile(b, job, path, ours)
		fast += processorTime(b) - began
		cmd := exec.Command(args[0], append(args[1:], path, theirs)...)
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, string(out))
		slow += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		rounds++
	}
	requireSameFile(b, theirs, ours)
	mb := rounds * float64(info.Size()) / 1e6
	b.ReportMetric(mb/fast.Seconds(), "MB/s-ours")
	b.ReportMetric(mb/slow.Seconds(), "MB/s-python")
	b.ReportMetric(slow.Seconds()/fast.Seconds(), "ratio")
}

// processorTime is what this process has used so far.
func processorTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// renderFile reads records from a file and writes one CSV, as the rival does.
func renderFile(t testing.TB, job Job, from, to string) {
	out, err := os.Create(to)
	require.NoError(t, err)
	_, err = Render(context.Background(), job, jsonLines(from), fileSink{out})
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

// jsonLines reads the records of a file, one a line, as they come.
type jsonLines string

func (path jsonLines) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		if resource != "messaging_interactions" {
			return
		}
		f, err := os.Open(string(path))
		if err != nil {
			yield(source.Record{}, err)
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 1<<20), 64<<20)
		for n := int64(0); lines.Scan(); n++ {
			if !yield(source.Record{Order: n, Raw: lines.Bytes()}, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(source.Record{}, err)
		}
	}
}

type fileSink struct{ *os.File }

func (f fileSink) Create(context.Context, int) (PartWriter, error) { return f, nil }
func (f fileSink) Commit(context.Context, PartInfo) error          { return nil }
func (f fileSink) Abort()                                          {}

func requireSameFile(t testing.TB, want, got string) {
	w, err := os.ReadFile(want)
	require.NoError(t, err)
	g, err := os.ReadFile(got)
	require.NoError(t, err)
	requireSameLines(t, string(w), string(g))
}
