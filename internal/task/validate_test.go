package task

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func testRules(t testing.TB) Rules {
	t.Helper()
	return Rules{
		Now: at(t, "2026-11-20T10:07:00Z"),
		Report: &ReportRules{
			ID: "msg.messages", Versions: []string{"1.0"}, Formats: []string{"json", "jsonl", "csv"},
			MinInterval: 15 * time.Minute, DefaultDelay: 15 * time.Minute,
			Reach: 13 * 30 * 24 * time.Hour, Backfill: true,
		},
		Reports:      []string{"msg.messages", "msg.conversations", "cfg.users"},
		Sources:      map[string]bool{"src": true},
		Destinations: map[string]bool{"cloud": true, "sftp": true},
		Keys:         map[string]bool{"key": true},
	}
}

func goodSpec() Spec {
	return Spec{
		Description: "Messages of yesterday", Source: "src", Report: "msg.messages", Version: "1.0",
		Frequency: Frequency{Kind: Daily, At: "06:00"}, Zone: "Europe/Madrid", Format: "csv",
		Destinations: []Leg{
			{Destination: "cloud", Encryption: Encryption{Mode: EncryptPGP, Keys: []string{"key"}}},
			{Destination: "sftp", Path: "reports/daily", Encryption: Encryption{Mode: EncryptNone}, Verify: ptr(3)},
		},
	}
}

// A day of which a report counts in memory has 25 hours where the clock is put back.
func TestDaysMayBeCountedInMemory(t *testing.T) {
	rules := testRules(t)
	rules.Report.MaxWindow = 25 * time.Hour
	s := goodSpec()
	require.NoError(t, s.Validate(rules), "daily")
	s.Frequency = Frequency{Kind: Interval, Every: Duration(12 * time.Hour)}
	require.NoError(t, s.Validate(rules), "interval")
	s.Frequency, s.Start = Frequency{Kind: Once}, ptr(at(t, "2026-10-25T00:00:00+02:00"))
	require.NoError(t, s.Validate(rules), "once")
	s.End = ptr(at(t, "2026-10-26T00:00:00+01:00"))
	require.NoError(t, s.Validate(rules), "once, a long day")
}

func TestValidateAccepts(t *testing.T) {
	require.NoError(t, goodSpec().Validate(testRules(t)))
	for name, edit := range map[string]func(*Spec){
		"weekly":                       func(s *Spec) { s.Frequency = Frequency{Kind: Weekly, At: "23:59", Weekday: "sunday"} },
		"interval":                     func(s *Spec) { s.Frequency = Frequency{Kind: Interval, Every: Duration(15 * time.Minute)} },
		"once":                         func(s *Spec) { s.Frequency, s.Start = Frequency{Kind: Once}, ptr(at(t, "2026-11-19T00:00:00+01:00")) },
		"a start in the past":          func(s *Spec) { s.Start = ptr(at(t, "2026-01-01T00:00:00Z")) },
		"no delay":                     func(s *Spec) { s.Delay = ptr(Duration(0)) },
		"newest version":               func(s *Spec) { s.Version = "" },
		"a major":                      func(s *Spec) { s.Version = "1" },
		"200 characters of any script": func(s *Spec) { s.Description = strings.Repeat("日", MaxDescription) },
		"a header":                     func(s *Spec) { s.MetadataHeader.Fields = HeaderFields() },
		"formatting": func(s *Spec) {
			s.Formatting = Formatting{ListDelimiter: " | ", Delimiter: "\t", Quotes: QuotesMinimal, Headers: HeadersNone, LineEnding: LineLF, Durations: DurationsClock}
		},
		"two legs to one place with other names": func(s *Spec) {
			s.Destinations[1].Destination, s.Destinations[1].Path = "cloud", ""
			s.Destinations[1].FileName = "clear_{to}{part}{revision}.{ext}"
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := goodSpec()
			edit(&s)
			require.NoError(t, s.Validate(testRules(t)))
		})
	}
}

// Each case spoils one thing: exactly that field is named, and what would be right is said.
func TestValidateNamesTheField(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*Spec, *Rules)
		field string
		says  string // part of the message or fix
	}{
		"week counted in memory": {func(s *Spec, r *Rules) {
			s.Frequency, r.Report.MaxWindow = Frequency{Kind: Weekly, At: "00:00", Weekday: "monday"}, 25*time.Hour
		}, "frequency.kind", "a window of 7d is too long for msg.messages, which is counted in memory: 1d1h at most"},
		"month counted in memory": {func(s *Spec, r *Rules) {
			s.Frequency, r.Report.MaxWindow = Frequency{Kind: Once}, 25*time.Hour
			s.Start, s.End = ptr(at(t, "2026-10-01T00:00:00Z")), ptr(at(t, "2026-11-01T00:00:00Z"))
		}, "end", `give shorter windows, such as {"kind":"daily","at":"00:00"}`},
		"no description":     {func(s *Spec, _ *Rules) { s.Description = " " }, "description", "1 to 200"},
		"201 characters":     {func(s *Spec, _ *Rules) { s.Description = strings.Repeat("é", 201) }, "description", "201 characters"},
		"two lines":          {func(s *Spec, _ *Rules) { s.Description = "a\nb" }, "description", "one line"},
		"broken text":        {func(s *Spec, _ *Rules) { s.Description = "a\xff" }, "description", "UTF-8"},
		"no source":          {func(s *Spec, _ *Rules) { s.Source = "" }, "source", "missing"},
		"unknown source":     {func(s *Spec, _ *Rules) { s.Source = "other" }, "source", `no source "other"`},
		"unknown report":     {func(s *Spec, r *Rules) { s.Report, r.Report = "msg.mesages", nil }, "report", "did you mean msg.messages?"},
		"no report":          {func(s *Spec, r *Rules) { s.Report, r.Report = "", nil }, "report", "msg.conversations"},
		"unknown version":    {func(s *Spec, _ *Rules) { s.Version = "2.0" }, "version", "use one of 1.0"},
		"unknown format":     {func(s *Spec, _ *Rules) { s.Format = "xlsx" }, "format", "use one of json, jsonl, csv"},
		"no format":          {func(s *Spec, _ *Rules) { s.Format = "" }, "format", "missing"},
		"no zone":            {func(s *Spec, _ *Rules) { s.Zone = "" }, "zone", "Europe/Madrid"},
		"city alone":         {func(s *Spec, _ *Rules) { s.Zone = "madrid" }, "zone", "did you mean Europe/Madrid?"},
		"misspelt zone":      {func(s *Spec, _ *Rules) { s.Zone = "Amerika/New York" }, "zone", "America/New_York"},
		"the machine's zone": {func(s *Spec, _ *Rules) { s.Zone = "Local" }, "zone", "unknown time zone"},
		"no frequency":       {func(s *Spec, _ *Rules) { s.Frequency = Frequency{} }, "frequency.kind", "once, interval, daily, weekly"},
		"unknown frequency":  {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: "hourly"} }, "frequency.kind", "once, interval, daily, weekly"},
		"daily without time": {func(s *Spec, _ *Rules) { s.Frequency.At = "" }, "frequency.at", `"06:00"`},
		"no such time":       {func(s *Spec, _ *Rules) { s.Frequency.At = "24:00" }, "frequency.at", "23:59"},
		"time without zero":  {func(s *Spec, _ *Rules) { s.Frequency.At = "6:00" }, "frequency.at", "23:59"},
		"daily with every":   {func(s *Spec, _ *Rules) { s.Frequency.Every = Duration(time.Hour) }, "frequency.every", "leave it out"},
		"daily with weekday": {func(s *Spec, _ *Rules) { s.Frequency.Weekday = "monday" }, "frequency.weekday", "leave it out"},
		"weekly without day": {func(s *Spec, _ *Rules) { s.Frequency.Kind = Weekly }, "frequency.weekday", "monday"},
		"weekly, wrong day":  {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: Weekly, At: "06:00", Weekday: "Mo"} }, "frequency.weekday", "monday"},
		"interval with time": {func(s *Spec, _ *Rules) {
			s.Frequency = Frequency{Kind: Interval, Every: Duration(time.Hour), At: "06:00"}
		}, "frequency.at", "leave it out"},
		"interval, no length": {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: Interval} }, "frequency.every", "15m, 30m, 1h"},
		"odd interval":        {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: Interval, Every: Duration(45 * time.Minute)} }, "frequency.every", "15m, 30m, 1h"},
		"too short interval":  {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: Interval, Every: Duration(5 * time.Minute)} }, "frequency.every", "minimum of msg.messages, 15m"},
		"daily report as interval": {func(s *Spec, r *Rules) {
			s.Frequency, r.Report.MinInterval = Frequency{Kind: Interval, Every: Duration(time.Hour)}, 24*time.Hour
		}, "frequency.kind", "use daily, weekly or once"},
		"once without start": {func(s *Spec, _ *Rules) { s.Frequency = Frequency{Kind: Once} }, "start", "1d long"},
		"end before start": {func(s *Spec, _ *Rules) {
			s.Start, s.End = ptr(at(t, "2026-12-02T00:00:00Z")), ptr(at(t, "2026-12-01T00:00:00Z"))
		}, "end", "not after the start"},
		"end before any window":  {func(s *Spec, _ *Rules) { s.End = ptr(at(t, "2026-11-20T12:00:00Z")) }, "end", "the first one ends at 2026-11-21T05:00:00Z"},
		"fraction of a second":   {func(s *Spec, _ *Rules) { s.Start = ptr(at(t, "2026-12-02T00:00:00.5Z")) }, "start", "whole seconds"},
		"year 1":                 {func(s *Spec, _ *Rules) { s.End = &time.Time{} }, "end", "2000 to 2099"},
		"past without backfill":  {func(s *Spec, r *Rules) { s.Start, r.Report.Backfill = ptr(at(t, "2026-11-01T00:00:00Z")), false }, "start", "after now, 2026-11-20T10:07:00Z"},
		"past beyond the reach":  {func(s *Spec, _ *Rules) { s.Start = ptr(at(t, "2024-11-01T00:00:00Z")) }, "start", "at or after 2025-10-26T10:07:00Z"},
		"negative delay":         {func(s *Spec, _ *Rules) { s.Delay = ptr(Duration(-time.Minute)) }, "delay", "negative"},
		"delay over a year":      {func(s *Spec, r *Rules) { s.Delay, r.Report.Reach = ptr(Duration(367*24*time.Hour)), 0 }, "delay", "longer than a year"},
		"delay over the reach":   {func(s *Spec, r *Rules) { s.Delay, r.Report.Reach = ptr(Duration(25*time.Hour)), 24*time.Hour }, "delay", "nothing left to read"},
		"windows over the reach": {func(_ *Spec, r *Rules) { r.Report.Reach = 24 * time.Hour }, "frequency", "a window of 1d, read 15m after its end, begins before that"},
		"weeks over the reach": {func(s *Spec, r *Rules) {
			s.Frequency, s.Delay = Frequency{Kind: Weekly, At: "06:00", Weekday: "monday"}, ptr(Duration(26*time.Hour))
			r.Report.Reach = 8 * 24 * time.Hour
		}, "frequency", "a window of 7d, read 1d2h after its end"},
		"odd delay":             {func(s *Spec, _ *Rules) { s.Delay = ptr(Duration(time.Millisecond)) }, "delay", "whole seconds"},
		"CSV delimiter":         {func(s *Spec, _ *Rules) { s.Formatting.Delimiter = "ab" }, "formatting.delimiter", "semicolon"},
		"list delimiter":        {func(s *Spec, _ *Rules) { s.Formatting.ListDelimiter = "\n" }, "formatting.listDelimiter", "line break"},
		"quotes":                {func(s *Spec, _ *Rules) { s.Formatting.Quotes = "some" }, "formatting.quotes", "all, minimal"},
		"headers":               {func(s *Spec, _ *Rules) { s.Formatting.Headers = "some" }, "formatting.headers", "always, none"},
		"encoding":              {func(s *Spec, _ *Rules) { s.Formatting.Encoding = "latin" }, "formatting.encoding", "iso-8859-1"},
		"mark of an encoding":   {func(s *Spec, _ *Rules) { s.Formatting.Encoding, s.Formatting.BOM = "iso-8859-1", true }, "formatting.bom", "leave bom out"},
		"unencodable":           {func(s *Spec, _ *Rules) { s.Formatting.Unencodable = "drop" }, "formatting.unencodable", "refuse, replace"},
		"durations":             {func(s *Spec, _ *Rules) { s.Formatting.Durations = "minutes" }, "formatting.durations", "ms, seconds, hh:mm:ss"},
		"durations of JSON":     {func(s *Spec, _ *Rules) { s.Format, s.Formatting.Durations = "jsonl", "seconds" }, "formatting.durations", "csv, xlsx, xml"},
		"line ending":           {func(s *Spec, _ *Rules) { s.Formatting.LineEnding = "cr" }, "formatting.lineEnding", "crlf, lf"},
		"unknown header field":  {func(s *Spec, _ *Rules) { s.MetadataHeader.Fields = []string{"recordCount", "rows"} }, "metadataHeader.fields[1]", "recordCount, endDate"},
		"header field twice":    {func(s *Spec, _ *Rules) { s.MetadataHeader.Fields = []string{"filePart", "filePart"} }, "metadataHeader.fields[1]", "listed twice"},
		"parts":                 {func(s *Spec, _ *Rules) { s.Parts.Entries = -1 }, "parts.entries", "1 to 1000000"},
		"empty result":          {func(s *Spec, _ *Rules) { s.EmptyResult = "none" }, "emptyResult", "skip, header_only, empty_with_marker"},
		"no destinations":       {func(s *Spec, _ *Rules) { s.Destinations = nil }, "destinations", "at least one"},
		"too many destinations": {func(s *Spec, _ *Rules) { s.Destinations = make([]Leg, 21) }, "destinations", "at most 20"},
		"unknown destination":   {func(s *Spec, _ *Rules) { s.Destinations[0].Destination = "x" }, "destinations[0].destination", `no destination "x"`},
		"same leg twice":        {func(s *Spec, _ *Rules) { s.Destinations = append(s.Destinations, s.Destinations[1]) }, "destinations[2]", "same place as destinations[1]"},
		"same names in disguise": {func(s *Spec, _ *Rules) {
			s.Destinations[1] = s.Destinations[0]
			s.Destinations[1].FileName = "msg.messages_{from}_{to}{part}{revision}.csv"
		}, "destinations[1]", "same files"},
		"path upwards":        {func(s *Spec, _ *Rules) { s.Destinations[1].Path = "a/../b" }, "destinations[1].path", "leave its place"},
		"absolute path":       {func(s *Spec, _ *Rules) { s.Destinations[1].Path = "/etc" }, "destinations[1].path", "begins with a slash"},
		"layout":              {func(s *Spec, _ *Rules) { s.Destinations[1].Layout = "deep" }, "destinations[1].layout", "flat"},
		"encryption missing":  {func(s *Spec, _ *Rules) { s.Destinations[0].Encryption = Encryption{} }, "destinations[0].encryption.mode", `"none" sends clear files on purpose`},
		"encryption unknown":  {func(s *Spec, _ *Rules) { s.Destinations[1].Encryption.Mode = "zip" }, "destinations[1].encryption.mode", "pgp, none"},
		"pgp without key":     {func(s *Spec, _ *Rules) { s.Destinations[0].Encryption.Keys = nil }, "destinations[0].encryption.keys", "at least one key"},
		"none with key":       {func(s *Spec, _ *Rules) { s.Destinations[1].Encryption.Keys = []string{"key"} }, "destinations[1].encryption.keys", "remove the keys"},
		"unknown key":         {func(s *Spec, _ *Rules) { s.Destinations[0].Encryption.Keys = []string{"key", "k2"} }, "destinations[0].encryption.keys[1]", `no key "k2"`},
		"key twice":           {func(s *Spec, _ *Rules) { s.Destinations[0].Encryption.Keys = []string{"key", "key"} }, "destinations[0].encryption.keys[1]", "twice"},
		"verify 4":            {func(s *Spec, _ *Rules) { s.Destinations[0].Verify = ptr(4) }, "destinations[0].verify", "0 (sent)"},
		"verify below":        {func(s *Spec, _ *Rules) { s.Destinations[0].Verify = ptr(-1) }, "destinations[0].verify", "0 (sent)"},
		"unknown name field":  {func(s *Spec, _ *Rules) { s.Destinations[0].FileName = "{site}.csv" }, "destinations[0].fileName", "{account}"},
		"windows of one name": {func(s *Spec, _ *Rules) { s.Destinations[0].FileName = "daily{part}{revision}.csv" }, "destinations[0].fileName", "daily_{to}{part}{revision}.csv"},
		"name too long": {func(s *Spec, _ *Rules) {
			s.Destinations[0].FileName = strings.Repeat("x", 160) + "{to}{description}{part}{revision}"
		}, "destinations[0].fileName", "shorten"},
		"parameters": {func(_ *Spec, r *Rules) {
			r.Report.CheckParameters = func(map[string]json.RawMessage) error {
				return fault.New(fault.InvalidSpec, "unknown value").WithField("parameters.time_basis").WithFix("use end")
			}
		}, "parameters.time_basis", "use end"},
		"parameters, unclassified": {func(_ *Spec, r *Rules) {
			r.Report.CheckParameters = func(map[string]json.RawMessage) error { return errors.New("odd") }
		}, "parameters", "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := goodSpec(), testRules(t)
			tc.edit(&s, &r)
			problems := Problems(s.Validate(r))
			require.Len(t, problems, 1, "%v", problems)
			var e *fault.Error
			require.ErrorAs(t, problems[0], &e)
			require.Equal(t, fault.InvalidSpec, e.Kind)
			require.Equal(t, tc.field, e.Field)
			require.Contains(t, e.Error(), tc.says)
		})
	}
}

// All problems at once, in the order of the fields, and the whole is InvalidSpec.
func TestValidateCollects(t *testing.T) {
	s := Spec{Frequency: Frequency{Kind: Weekly, Every: Duration(time.Hour)}, Zone: "Mars", Delay: ptr(Duration(-1))}
	err := s.Validate(testRules(t))
	require.True(t, fault.Is(err, fault.InvalidSpec))
	var fields []string
	for _, p := range Problems(err) {
		var e *fault.Error
		require.ErrorAs(t, p, &e)
		fields = append(fields, e.Field)
	}
	require.Equal(t, []string{
		"description", "source", "format", "zone", "frequency.every", "frequency.at",
		"frequency.weekday", "delay", "destinations",
	}, fields)
}

func TestSafePaths(t *testing.T) {
	for _, good := range []string{"a", "reports/daily", "Informes/año 2026", "日本/データ", "a.b/c-d_e", strings.Repeat("x", 200)} {
		require.NoError(t, CheckPath(good), good)
	}
	for _, bad := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", `a\b`, "a:b", "a*b", "a?b", `a"b`, "a<b", "a|b", "a%2e",
		"a\x00b", "a\nb", "a\u202eb", "a\u00a0", " a", "a ", "a.", ".hidden", "_SUCCESS", "CON", "nul.csv", "com1/a", "a\xffb",
		strings.Repeat("x", 201), strings.Repeat("x/", 300) + "x",
	} {
		require.Error(t, CheckPath(bad), "%q", bad)
	}
}
