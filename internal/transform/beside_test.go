package transform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/rowindex"
	"transporter/internal/source"
	"transporter/internal/task"
)

// handled are segments with units, as a run stages them.
func handled(segments, units int) memory {
	in := memory{"handle_time": nil, "handle_time_breakdown": nil}
	for i := range segments {
		in["handle_time"] = append(in["handle_time"], source.Record{
			Order: int64(i), ID: fmt.Sprintf("s%03d", i), Raw: fmt.Appendf(nil, `{"segmentId":"s%03d","endTimeL":%d}`, i, i),
		})
		for n := range units {
			in["handle_time_breakdown"] = append(in["handle_time_breakdown"], source.Record{
				ID: fmt.Sprintf("s%03d:%06d", i, n+1), Raw: fmt.Appendf(nil, `{"segmentId":"s%03d","sequence":%d}`, i, n+1),
			})
		}
	}
	return in
}

// Records of the second file are in parts of their own, after the others, and all are counted.
func TestASecondFile(t *testing.T) {
	for _, format := range []string{FormatJSON, FormatJSONL} {
		job := newJob(t, "raw.handle_time", format, nil)
		job.Also, job.SplitEntries = []string{"handle_time_breakdown"}, 4
		in := handled(6, 3)
		out, res := render(t, job, in)
		require.EqualValues(t, 6+18, res.Rows)
		require.EqualValues(t, 6+18, res.Entries)
		var of []string
		var own, units strings.Builder
		for i, info := range out.infos {
			require.Equal(t, i+1, info.Part)
			of = append(of, fmt.Sprint(info.Of, info.Rows))
			body := string(out.file(t, i+1, job.Envelope(task.MetadataHeader{}, info, len(out.infos), time.UnixMilli(job.To))))
			if info.Of == "" {
				own.WriteString(body)
			} else {
				units.WriteString(body)
			}
		}
		require.Equal(t, []string{"4", "2", "breakdown4", "breakdown4", "breakdown4", "breakdown4", "breakdown2"}, of)
		for _, r := range in["handle_time"] {
			require.Equal(t, 1, strings.Count(own.String(), string(r.Raw)))
			require.NotContains(t, units.String(), string(r.Raw))
		}
		for _, r := range in["handle_time_breakdown"] {
			require.Equal(t, 1, strings.Count(units.String(), string(r.Raw)))
		}
		if format == FormatJSON {
			require.Equal(t, 2, strings.Count(own.String(), `{"segments":[`))
			require.Equal(t, 5, strings.Count(units.String(), `{"breakdown":[`))
		}
	}
}

// Without records the second file is not there, and without having been read neither.
func TestASecondFileWithoutRecords(t *testing.T) {
	job := newJob(t, "raw.handle_time", FormatJSONL, nil)
	_, res := render(t, job, handled(2, 3))
	require.Equal(t, []int64{1, 2}, []int64{int64(res.Parts), res.Rows})
	job.Also = []string{"handle_time_breakdown"}
	_, res = render(t, job, handled(2, 0))
	require.Equal(t, []int64{1, 2}, []int64{int64(res.Parts), res.Rows})
	_, res = render(t, job, handled(0, 0))
	require.Equal(t, []int64{1, 0}, []int64{int64(res.Parts), res.Rows})
}

// A unit that cannot be identified is in quarantine, and takes no other with it.
func TestAUnitThatCannotBeIdentified(t *testing.T) {
	job := newJob(t, "raw.handle_time", FormatJSONL, nil)
	job.Also = []string{"handle_time_breakdown"}
	in := handled(1, 3)
	in["handle_time_breakdown"][1].Raw = []byte(`{"segmentId":"s000"}`)
	_, res := render(t, job, in)
	require.EqualValues(t, 3, res.Rows)
	require.Equal(t, []Quarantine{{RecordID: "s000:000002", Column: "rowKey 2", Reason: "has no value, and must have one"}}, res.Quarantined)
}

// Rows of both files are tracked as one set, in which no key is there twice.
func TestRowsOfASecondFileAreTracked(t *testing.T) {
	job := newJob(t, "raw.handle_time", FormatJSONL, nil)
	job.Also = []string{"handle_time_breakdown"}
	var keys []string
	job.Track = &Tracking{Seen: func(key []byte, _ rowindex.Hash, _ string) error {
		keys = append(keys, string(key))
		return nil
	}}
	_, _ = render(t, job, handled(2, 2))
	require.Equal(t, []string{"s000", "s001", "breakdown:s000:1", "breakdown:s000:2", "breakdown:s001:1", "breakdown:s001:2"}, keys)
}
