package report

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/task"
)

func TestVendorsAreThoseOfTheCatalog(t *testing.T) {
	var ids []string
	for _, v := range Vendors() {
		ids = append(ids, v.ID)
		require.Contains(t, v.Doc, "not public", "%s says what it is", v.ID)
	}
	require.Equal(t, []string{"aspect", "calabrio", "nice", "verint"}, ids)
	for _, id := range []string{"wfm.skill_interval", "wfm.chat_skill_interval", "wfm.agent_interval", "wfm.agent_snapshot"} {
		require.Equal(t, ids, VendorsOf(id))
		d, err := Get(id, "")
		require.NoError(t, err)
		require.Contains(t, Doc(d).Markdown(), "| vendor layouts | aspect, calabrio, nice, verint |")
	}
	require.Empty(t, VendorsOf("msg.messages"))
}

// A row of a layout tells which one it is: the columns of the row key are there, moments with
// the offset, without which two hours of autumn look alike.
func TestVendorsKeepTheRowKey(t *testing.T) {
	for _, v := range Vendors() {
		for _, f := range v.Reports {
			d, err := Get(f.Report, "")
			require.NoError(t, err)
			for _, key := range d.RowKey {
				written, offset := false, d.Column(key).Type != Time
				for _, c := range f.Columns {
					if c.Column == key {
						written = true
						offset = offset || strings.Contains(c.Time+v.Formatting.Times, "XXX")
					}
				}
				require.True(t, written && offset, "%s %s lacks %s", v.ID, f.Report, key)
			}
		}
	}
}

func TestFillTakesWhatTheTaskLeavesEmpty(t *testing.T) {
	own := task.Spec{
		Report: "wfm.agent_interval", Vendor: "nice", Parameters: Params{"interval_minutes": json.RawMessage("30")},
		Formatting:   task.Formatting{Delimiter: ";"},
		Destinations: []task.Leg{{Path: "a"}, {FileName: "{to}{part}{revision}.{ext}"}, {FileNameElements: []string{"to"}}, {Layout: task.LayoutPartitioned}},
	}
	got, err := Fill(own)
	require.NoError(t, err)
	require.Equal(t, "csv", got.Format)
	require.Equal(t, Params{"interval_minutes": json.RawMessage("30"), "system_columns": json.RawMessage(`"none"`)}, got.Parameters)
	require.Equal(t, ";", got.Formatting.Delimiter)
	require.Equal(t, "minimal", got.Formatting.Quotes)
	require.Equal(t, "MM/dd/yyyy HH:mm", got.Formatting.Times)
	require.Equal(t, "agentId", got.Formatting.Columns[0].Header)
	var names []string
	for _, leg := range got.Destinations {
		names = append(names, leg.FileName)
	}
	require.Equal(t, []string{"nice_{account}_agent_{to:yyyyMMddHHmm}{part}{revision}.{ext}", "{to}{part}{revision}.{ext}", "", ""}, names)

	require.Empty(t, own.Destinations[0].FileName, "the task that was given is as it was")
	require.Empty(t, own.Format)
	require.Len(t, own.Parameters, 1)

	again, err := Fill(got)
	require.NoError(t, err)
	require.Equal(t, got, again, "what was filled in stays")
	got.Formatting.Columns = []task.FileColumn{{Column: "agent_id", Header: "mine"}}
	again, err = Fill(got)
	require.NoError(t, err)
	require.Equal(t, got, again, "columns of the task's own stay")
	plain := task.Spec{Report: "msg.messages"}
	same, err := Fill(plain)
	require.NoError(t, err)
	require.Equal(t, plain, same)
}

// Another vendor, or report, takes the place of the layout: what is still as the former one says is filled in anew.
func TestRefillTakesThePlaceOfTheFormerLayout(t *testing.T) {
	spec := func(vendor, report string) task.Spec {
		s, err := Fill(task.Spec{Report: report, Vendor: vendor, Destinations: []task.Leg{{Path: "a"}}})
		require.NoError(t, err)
		return s
	}
	for _, v := range Vendors() {
		for _, f := range v.Reports {
			former := spec(v.ID, f.Report)
			for _, to := range Vendors() {
				s := former
				s.Vendor = to.ID
				got, err := Refill(s, former)
				require.NoError(t, err)
				require.Equal(t, spec(to.ID, f.Report), got, "%s to %s", v.ID, to.ID)
			}
			s := former
			s.Report = v.Reports[0].Report
			got, err := Refill(s, former)
			require.NoError(t, err)
			require.Equal(t, spec(v.ID, v.Reports[0].Report), got)
		}
	}

	former := spec("nice", "wfm.agent_interval")
	own := former
	own.Vendor = "verint"
	own.Formatting.Encoding, own.Destinations = "utf-16le", []task.Leg{{Path: "a", FileName: "mine{to}{part}{revision}.{ext}"}, {Path: "b", FileName: former.Destinations[0].FileName}}
	own.Formatting.Columns = []task.FileColumn{{Column: "agent_id", Header: "mine"}}
	own.Parameters = Params{"interval_minutes": json.RawMessage("30"), "system_columns": json.RawMessage(`"key"`)}
	got, err := Refill(own, former)
	require.NoError(t, err)
	want := spec("verint", "wfm.agent_interval")
	require.Equal(t, want.Formatting.Delimiter, got.Formatting.Delimiter)
	require.Equal(t, want.Formatting.Times, got.Formatting.Times)
	require.Equal(t, want.Destinations[0].FileName, got.Destinations[1].FileName)
	require.Equal(t, []any{"utf-16le", own.Formatting.Columns, own.Parameters, own.Destinations[0].FileName},
		[]any{got.Formatting.Encoding, got.Formatting.Columns, got.Parameters, got.Destinations[0].FileName}, "what the task says otherwise stays")

	own.Vendor = "nice"
	same, err := Refill(own, former)
	require.NoError(t, err)
	require.Equal(t, own.Destinations, same.Destinations, "it is the same layout")
	for _, none := range []task.Spec{{}, {Vendor: "gone", Report: "wfm.agent_interval"}} {
		s := former
		s.Vendor = "verint"
		got, err := Refill(s, none)
		require.NoError(t, err)
		require.Equal(t, s, got, "nothing is known to be filled in")
	}
	s := former
	s.Vendor, s.Report = "verint", "msg.messages"
	got, err = Refill(s, former)
	require.ErrorContains(t, err, "no layout of msg.messages")
	require.Equal(t, s, got)
}

func TestFillRefusesWhatDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		spec        task.Spec
		field, says string
	}{
		"an unknown vendor": {task.Spec{Report: "wfm.agent_interval", Vendor: "acme"}, "vendor", "use one of aspect, calabrio, nice, verint"},
		"another report": {
			task.Spec{Report: "msg.messages", Vendor: "verint"},
			"vendor",
			"no layout of msg.messages (use it with one of wfm.skill_interval, wfm.chat_skill_interval, wfm.agent_interval, wfm.agent_snapshot)",
		},
		"another format": {task.Spec{Report: "wfm.agent_interval", Vendor: "verint", Format: "jsonl"}, "format", "one of csv"},
		"changes": {
			task.Spec{Report: "wfm.agent_interval", Vendor: "verint", Revisions: task.Revisions{Mode: task.RevisionsChanges}},
			"revisions.mode",
			"choose full",
		},
	} {
		got, err := Fill(c.spec)
		var f *fault.Error
		require.ErrorAs(t, err, &f, name)
		require.Equal(t, fault.InvalidSpec, f.Kind, name)
		require.Equal(t, c.field, f.Field, name)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, c.spec, got, name)
	}
}

// What would be wrong of a layout is found when the catalog is read.
func TestBrokenVendorsAreRefused(t *testing.T) {
	const good = "id: x\ntitle: X\ndoc: x\nformat: csv\nformatting: {}\nreports:\n" +
		"  - {report: wfm.agent_interval, fileName: \"x{to:yyyyMMddHHmm}{part}{revision}.{ext}\", columns: [{column: agent_id, header: A}]}\n"
	read := func(text string) error {
		_, err := readVendors(fstest.MapFS{"v/x.yaml": {Data: []byte(text)}}, "v")
		return err
	}
	require.NoError(t, read(good))
	for from, to := range map[string]string{
		"id: x":              "id: y",
		"doc: x":             "doc: \"\"",
		"agent_id":           "agent",
		"wfm.agent_interval": "wfm.agents",
		"{to:yyyyMMddHHmm}":  "{from}",
		"{part}":             "",
		"formatting: {}":     "formatting: {delimiter: x}",
		"formatting: {":      "formatting: {bom: true",
		"format: csv":        "format: jsonl",
		"title: X":           "title: X\nother: 1",
		"header: A":          "header: A, time: HH",
	} {
		require.Contains(t, good, from)
		require.Error(t, read(strings.Replace(good, from, to, 1)), to)
	}
}
