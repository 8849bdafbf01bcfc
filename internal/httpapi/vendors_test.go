package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// A task that names a vendor is saved with what the vendor's layout says, but for what it says
// itself; what does not fit is refused with its field.
func testVendors(t *testing.T, s *stack, f furnished) {
	var all httpapi.List[httpapi.VendorView]
	s.call(t, "GET", "/v1/vendors", "").into(t, &all)
	require.Len(t, all.Items, 4)
	for _, v := range all.Items {
		var one httpapi.VendorView
		s.call(t, "GET", "/v1/vendors/"+v.ID, "").into(t, &one)
		require.Equal(t, v, one)
		for _, of := range one.Reports {
			var d httpapi.ReportDetail
			s.call(t, "GET", "/v1/reports/"+of.Report, "").into(t, &d)
			require.Contains(t, d.Vendors, v.ID)
			a := s.call(t, "GET", "/v1/reports/"+of.Report+"/sample?vendor="+v.ID, "")
			require.Equal(t, "sample of "+of.Report+" as csv for "+v.ID+": "+of.Columns[0].Header+"\n", string(a.body))
		}
	}
	requireProblem := func(a answer, status int, says string) {
		t.Helper()
		require.Equal(t, status, a.status, string(a.body))
		require.Contains(t, string(a.body), says)
	}
	requireProblem(s.call(t, "GET", "/v1/vendors/acme", ""), http.StatusNotFound, "verint")
	requireProblem(s.call(t, "GET", "/v1/reports/msg.messages/sample?vendor=nice", ""), http.StatusUnprocessableEntity, "query.vendor")

	type leg = map[string]any
	open := func(id string) leg { return leg{"destination": id, "encryption": leg{"mode": "none"}} }
	body := func(more map[string]any) string {
		b := map[string]any{
			"report": "wfm.skill_interval", "vendor": "verint", "zone": "UTC", "format": nil, "destinations": []any{open(f.store)},
			"frequency": map[string]any{"kind": "interval", "every": "30m"},
		}
		for name, value := range more {
			b[name] = value
		}
		return f.taskBody(t, b)
	}
	at := f.at + "/tasks"
	id := s.make(t, at, body(map[string]any{"formatting": map[string]any{"delimiter": ";"}}))
	var v httpapi.TaskView
	s.call(t, "GET", at+"/"+id, "").into(t, &v)
	require.Equal(t, "csv", v.Spec.Format)
	require.Equal(t, ";", v.Spec.Formatting.Delimiter)
	require.Equal(t, task.FileColumn{Column: "interval_start", Header: "Date", Time: "yyyy-MM-dd"}, v.Spec.Formatting.Columns[0])
	require.JSONEq(t, `"none"`, string(v.Spec.Parameters["system_columns"]))
	require.Equal(t, "verint_queue_{to:yyyyMMdd_HHmm}{part}{revision}.{ext}", v.Spec.Destinations[0].FileName)

	// Saved as it was read, it is the same task; and so it is without the vendor's name.
	for _, vendor := range []string{"verint", ""} {
		v.Spec.Vendor = vendor
		var same httpapi.TaskView
		s.call(t, "PUT", at+"/"+id, jsonOf(t, v.Spec)).into(t, &same)
		require.Equal(t, v.Spec, same.Spec)
		require.Equal(t, v.Generation, same.Generation)
	}
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", at+"/"+id, "").status)

	// Another vendor takes the place of the layout, but for what the task says itself.
	id = s.make(t, at, body(map[string]any{"formatting": map[string]any{"delimiter": ";"}}))
	s.call(t, "GET", at+"/"+id, "").into(t, &v)
	generation := v.Generation
	v.Spec.Vendor = "nice"
	s.call(t, "PUT", at+"/"+id, jsonOf(t, v.Spec)).into(t, &v)
	require.Equal(t, ";", v.Spec.Formatting.Delimiter)
	require.Equal(t, "MM/dd/yyyy HH:mm", v.Spec.Formatting.Times)
	require.NotEqual(t, "Date", v.Spec.Formatting.Columns[0].Header)
	require.Contains(t, v.Spec.Destinations[0].FileName, "nice_")
	require.Greater(t, v.Generation, generation)
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", at+"/"+id, "").status)

	var names httpapi.FileNames
	s.call(t, "POST", f.at+"/file-names", body(nil)).into(t, &names)
	w := names.Legs[0].Windows[0]
	require.Equal(t, "verint_queue_"+w.To.UTC().Format("20060102_1504")+".csv", w.File)
	require.Equal(t, 30*time.Minute, w.To.Sub(w.From))

	receiver := s.make(t, f.at+"/destinations", `{"kind":"http","description":"WFM","url":"https://files.example.com/in","auth":"bearer",
		"parameters":{"dataSourceKey":"7"},"credentials":{"token":"static"}}`)
	id = s.make(t, at, body(map[string]any{"vendor": "calabrio", "destinations": []any{open(f.store), open(receiver)}}))
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", at+"/"+id, "").status)
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", f.at+"/destinations/"+receiver, "").status)

	for name, c := range map[string]struct {
		change map[string]any
		field  string
		says   []string
	}{
		"no such vendor": {map[string]any{"vendor": "acme"}, "vendor", []string{"aspect, calabrio, nice, verint"}},
		"no such layout": {map[string]any{"report": "msg.messages"}, "vendor", []string{"wfm.skill_interval", "wfm.agent_snapshot"}},
		"another format": {map[string]any{"format": "jsonl"}, "format", []string{"csv", "leave the format out"}},
		"changes":        {map[string]any{"revisions": map[string]any{"mode": "changes"}}, "revisions.mode", []string{"whole files", "full"}},
		"another way":    {map[string]any{"vendor": "calabrio"}, "destinations[0].destination", []string{"kind http", "kind store"}},
		"column_set too": {map[string]any{"parameters": map[string]any{"column_set": "no_personal"}}, "parameters.column_set", []string{"formatting.columns"}},
		"no such column": {
			map[string]any{"formatting": map[string]any{"columns": []any{map[string]any{"column": "ofered"}}}},
			"formatting.columns[0].column",
			[]string{"did you mean offered"},
		},
		"several in place of one, under a header": {
			map[string]any{
				"report": "wfm.agent_interval", "parameters": map[string]any{"wide_reasons": true},
				"formatting": map[string]any{"columns": []any{map[string]any{"column": "away_by_reason", "header": "Away"}}},
			},
			"formatting.columns[0].header",
			[]string{"parameters.wide_reasons", "leave the header out"},
		},
		"a coarse name": {
			map[string]any{"destinations": []any{leg{"destination": f.store, "fileName": "{to:yyyyMMdd}{part}{revision}.{ext}", "encryption": leg{"mode": "none"}}}},
			"destinations[0].fileName",
			[]string{"{to:yyyyMMdd_HHmm}"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", at, body(c.change))
			requireRefused(t, a, "body."+c.field, c.says...)
			require.NotContains(t, strings.ToLower(string(a.body)), "panic")
		})
	}
}
