package feed_test

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"transporter/internal/feed"
)

// page is some megabytes of lines of the published sample rows, with what differs from row to row.
func page(table string) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 4<<20; i++ {
		ts := fmt.Sprintf("2024-05-01T12:%02d:%02d.%06d+00:00", i/60%60, i%60, i%1_000_000)
		switch table {
		case "utterances":
			fmt.Fprintf(&b, `{"issue_id":%d,"sender_id":%d,"sender_type":"rep","created_ts":%q,"instance_ts":"2024-05-01T12:00:00.000000+00:00","utterance_type":"autosuggest","utterance":%q,"event_uuid":"347bdddb-d3a1-45fc-bbcd-%012d","company_name":"acme"}`+"\n",
				21352352+i, 123008+i%50, ts, strings.Repeat("How can I help? ", 1+i%12), i)
		default:
			fmt.Fprintf(&b, `{"issue_id":%d,"company_name":"acme","company_subdivision":"ACMEsubcorp","company_segments":"marketing,promotions","first_utterance_ts":%q,"customer_id":"%08d","platform":"web","device_type":"mobile","assisted":1,"total_handle_time":168.093,"total_lead_time":163.222,"total_wrap_up_time":4.871,"total_session_time":190.87,"customer_sent_msgs":3,"rep_sent_msgs":2,"auto_generated_msgs":0,"first_rep_response_count":1,"total_seconds_to_first_rep_response":4.29,"customer_response_count":2,"total_rep_seconds_to_respond":407.35,"time_in_queue":78.31,"out_business_ct":null,"hold_ct":0,"total_hold_time_seconds":0.0}`+"\n",
				21352352+i, ts, i)
		}
	}
	return b.Bytes()
}

// cpu is the time that a core worked for us, whatever else it did.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkRow is what a core does to the lines of a leaf: cut, checked, keyed and ranked.
func BenchmarkRow(b *testing.B) {
	for _, name := range []string{"utterances", "convos_metrics"} {
		b.Run(name, func(b *testing.B) {
			table, _ := feed.TableOf(name, feed.DoorS3)
			r := feed.NewRuler(table, feed.Reference)
			r.File(feed.Origin{Stamp: feed.StampOf(noon, feed.ByHour), Modified: noon, Split: feed.None})
			lines := page(name)
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			began := cpu(b)
			for b.Loop() {
				for l, err := range feed.Lines(bytes.NewReader(lines), feed.MaxLine, nil) {
					if err != nil {
						b.Fatal(err)
					}
					if _, err := r.Row(l.Bytes, l.Number); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(len(lines))*float64(b.N)/1e6/(cpu(b)-began).Seconds(), "MB/cpu-s")
		})
	}
}
