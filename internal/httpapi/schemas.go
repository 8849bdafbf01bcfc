package httpapi

import (
	"encoding/json"
	"reflect"
	"strings"

	"transporter/internal/task"

	"github.com/danielgtaylor/huma/v2"
)

// registry names the schemas as people call the things.
func registry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == reflect.TypeFor[task.Spec]() {
			return "Task"
		}
		return huma.DefaultSchemaNamer(t, hint)
	})
	r.RegisterTypeAlias(reflect.TypeFor[task.Duration](), reflect.TypeFor[durationText]())
	return r
}

// durationText describes task.Duration, which package task keeps free of this library.
type durationText string

// Schema returns the written form.
func (durationText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: `^(0|([0-9]{1,9}[smhdw])+)$`,
		PatternDescription: `a duration such as "15m", "6h" or "1d"`, Examples: []any{"15m"},
	}
}

// fieldDoc documents a field of a type that this package does not own.
type fieldDoc struct {
	doc     string
	enum    []any
	example any
}

// taskDocs are the words of the schemas of a task, by schema and field.
var taskDocs = map[string]map[string]fieldDoc{
	"Task": {
		"description":    {doc: "The name people know it by.", example: "Messages of yesterday for WFM"},
		"source":         {doc: "Id of a source of the account.", example: "01JD3ZF2V7W8X9Y0Z1A2B3C4D5"},
		"report":         {doc: "Id of a report: GET /v1/reports.", example: "msg.messages"},
		"version":        {doc: "Version of the report; absent: the newest at creation, the same at an edit.", example: "1.0"},
		"parameters":     {doc: "Options of the report; its schema is in GET /v1/reports/{report}."},
		"frequency":      {doc: "How often, and so how long a window is."},
		"zone":           {doc: "IANA time zone of the boundaries and of times in files.", example: "Europe/Madrid"},
		"start":          {doc: "In the past: the first window begins here, moved down to a boundary. Needed by once."},
		"end":            {doc: "No window ends later. Of once: the end of the window; absent: 24 hours after the start."},
		"delay":          {doc: "How long after a window its run fires; absent: the report's default. It moves the run, never the window.", example: "6h"},
		"vendor":         {doc: "Id of a vendor: GET /v1/vendors. What the task leaves empty of format, formatting, parameters and file names is filled in from its layout when the task is saved, and stays as it is then. Another vendor, or report, fills in anew what is still as the former layout says."},
		"format":         {doc: "One of the report's formats.", example: "csv"},
		"formatting":     {doc: "How values are written."},
		"metadataHeader": {doc: "What is written at the head of every file; absent: nothing."},
		"parts":          {doc: "When a window is split into several files."},
		"destinations":   {doc: "Where files go; each is one leg of the run."},
		"emptyResult":    {doc: "What a window without rows delivers; absent: nothing, as skip.", enum: []any{"skip", "header_only", "empty_with_marker"}},
		"expectation":    {doc: "Turns a window without rows red: never_empty, or never_empty_on_weekdays for windows that end after a Monday to Friday in the zone; absent: none.", enum: []any{task.NeverEmpty, task.NeverEmptyOnWeekdays}},
		"revisions":      {doc: "What becomes of rows that the source changes after their window was delivered; absent: nothing."},
		"notify":         {doc: "Who is told of runs; absent: as the account says."},
		"deadline":       {doc: "When a window must be delivered: a time of day in the zone, the first after the run fires, or a duration after it. Who is late is told.", example: "07:00"},
		"wait":           {doc: "How long a run waits for a platform to export the window, for example 7d, which is the default; 1m to 60d. Only for feeds.", example: "7d"},
	},
	"Notify": {
		"when":   {doc: "none, on failure, or every time; absent: as the account says.", enum: []any{task.NotifyNone, task.NotifyFailure, task.NotifyAlways}},
		"emails": {doc: "Addresses in place of the account's."},
	},
	"Revisions": {
		"mode":       {doc: "full: a changed window is delivered as a whole again, named _r1, _r2 and so on. changes: only its rows that were added or changed, and the keys of those removed, told apart by the column _change. none: neither.", enum: []any{task.RevisionsNone, task.RevisionsFull, task.RevisionsChanges}, example: task.RevisionsChanges},
		"checkAfter": {doc: "When the source is asked what has changed: how long after the window's run was due, ascending; absent: only when somebody asks for it.", example: []any{"1h", "1d", "7d"}},
	},
	"Frequency": {
		"kind":    {doc: "once, or again and again.", enum: []any{task.Once, task.Interval, task.Daily, task.Weekly}, example: task.Daily},
		"every":   {doc: "interval: the length of a window.", example: "15m"},
		"at":      {doc: "daily, weekly: the time of day of the boundary in the task's zone.", example: "00:00"},
		"weekday": {doc: "weekly: the day of the boundary.", enum: []any{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}},
	},
	"Formatting": {
		"listDelimiter": {doc: "CSV, XLSX, XML: joins the values of a list; every format: the lines of a transcript; absent: |", example: "|"},
		"delimiter":     {doc: "CSV: between fields; absent: a comma.", example: ","},
		"quotes":        {doc: "CSV: every field in quotes (default), or only where needed.", enum: []any{"all", "minimal"}},
		"headers":       {doc: "CSV, XLSX, XML: column names in every file (default), or none.", enum: []any{"always", "none"}},
		"bom":           {doc: "CSV: begin files with a byte order mark, for spreadsheets."},
		"encoding":      {doc: "CSV: character encoding; absent: utf-8.", enum: encodings()},
		"lineEnding":    {doc: "CSV: crlf (default, RFC 4180) or lf.", enum: []any{"crlf", "lf"}},
		"formulaGuard":  {doc: "CSV: put ' before texts that a spreadsheet would run as a formula."},
		"durations":     {doc: "CSV, XLSX, XML: columns of type ms as milliseconds (default), as seconds with up to three decimals, or as hours, minutes and seconds, to the nearest second.", enum: []any{task.DurationsMS, task.DurationsSeconds, task.DurationsClock}},
		"times":         {doc: "CSV, XLSX: mask of times, in the task's zone, such as yyyy-MM-dd HH:mm; absent: RFC 3339, in XLSX dates. Fields are yyyy, yy, MM, dd, HH, hh with a, mm, ss, SSS and XXX, the offset; other letters stand in quotes.", example: "MM/dd/yyyy HH:mm"},
		"columns":       {doc: "CSV, XLSX: which columns of the report are written, in this order; absent: as the parameter column_set says. Those about the row itself (system_columns) come before them."},
		"unencodable":   {doc: "CSV, XML: characters that the encoding or format cannot hold: refuse the record (default), or replace and count them.", enum: []any{task.UnencodableRefuse, task.UnencodableReplace}},
	},
	"FileColumn": {
		"column": {doc: "A column of the report. It may come several times, such as once as a date and once as a time.", example: "interval_start"},
		"header": {doc: "What the file calls it; absent: the column's name.", example: "Date"},
		"time":   {doc: "Mask of this column, if it is of type ts; absent: formatting.times.", example: "yyyy-MM-dd"},
	},
	"MetadataHeader": {"fields": {doc: "Which fields, in this order: recordCount, endDate, endTime, filePart, totalParts."}},
	"Parts":          {"entries": {doc: "Source records per file; absent: the report's own number.", example: 50000}},
	"Leg": {
		"destination":      {doc: "Id of a destination of the account.", example: "01JD40K7M5Q3ZB1A9C8E7G6J4K"},
		"path":             {doc: "Folder within the destination.", example: "messages"},
		"layout":           {doc: "flat: files lie in the folder. partitioned: FEED/version=V/format=F/dt=YYYY-MM-DD/hr=HH/mi=MM/FILE, with _SUCCESS last. Absent: flat.", enum: []any{task.LayoutFlat, task.LayoutPartitioned}},
		"fileName":         {doc: "flat: template of the file name; absent: {report}_{from}_{to}{part}{revision}.{ext}. Moments take a mask, in UTC: {to:yyyyMMdd_HHmm}", example: task.DefaultName},
		"feed":             {doc: "partitioned: name of the feed; absent: the report's, with underscores.", example: "msg_messages"},
		"feedVersion":      {doc: "partitioned: V of version=V; absent: the report's major version.", example: "1"},
		"compression":      {doc: "partitioned: none (default), or gzip before the encryption: FEED.FORMAT[.NN].gz[.enc].", enum: []any{task.CompressionNone, task.CompressionGzip}},
		"fileNameElements": {doc: "flat: in place of a template, up to four of " + strings.Join(task.NameElements(), ", ") + "; part, revision and extension follow.", example: []any{"report", "from", "to"}},

		"encryption": {doc: "To whom; there is no default."},
		"verify":     {doc: "Verification level: 0 sent, 1 size, 2 hash, 3 bytes read back; absent: the best offered.", example: 2},
	},
	"Encryption": {
		"mode":  {doc: "pgp, or none on purpose.", enum: []any{task.EncryptPGP, task.EncryptNone}, example: task.EncryptPGP},
		"keys":  {doc: "Ids of keys of the account; every one of them can decrypt. A key that has a successor stands for those in force at the time."},
		"armor": {doc: "As text, for ways that carry no binary files; a third larger. In the flat layout names end in .asc, otherwise in .pgp."},
		"sign":  {doc: "Sign every file with the account's own key, which GET /v1/accounts/{a}/signer publishes."},
	},
}

// examples are whole bodies, by schema; a test holds them against it.
var examples = map[string]string{
	"Account": `{"description": "Support EU", "zone": "Europe/Madrid"}`,
	"Source": `{"kind": "liveperson", "description": "Brand site", "platformAccount": "12345678",
		"credentials": {"oauth1": {"consumerKey": "app-key", "consumerSecret": {"env": "TRANSPORTER_SECRET_APP"},
		"token": "access-token", "tokenSecret": {"file": "lp-token-secret"}}}}`,
	"Key": `{"description": "WFM vendor, 2026", "armored": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n…\n-----END PGP PUBLIC KEY BLOCK-----\n"}`,
	"Task": `{"description": "Messages of yesterday for WFM", "source": "01JD3ZF2V7W8X9Y0Z1A2B3C4D5", "report": "msg.messages",
		"frequency": {"kind": "daily", "at": "00:00"}, "zone": "Europe/Madrid", "format": "csv",
		"metadataHeader": {"fields": ["recordCount", "endDate"]},
		"destinations": [{"destination": "01JD40K7M5Q3ZB1A9C8E7G6J4K", "path": "messages",
		"encryption": {"mode": "pgp", "keys": ["01JD41M2N3P4Q5R6S7T8V9W0X1"]}}]}`,
	"RunRequest": `{"window": {"from": "2026-11-19T00:00:00Z", "to": "2026-11-20T00:00:00Z"}}`,
}

// describeSchemas adds the words and examples that struct tags do not carry.
func describeSchemas(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	for name, fields := range taskDocs {
		for field, d := range fields {
			property := schemas[name].Properties[field]
			property.Description = d.doc
			if d.enum != nil {
				property.Enum = d.enum
			}
			if d.example != nil {
				property.Examples = []any{d.example}
			}
		}
		schemas[name].PrecomputeMessages()
	}
	for name, text := range examples {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			panic("example of " + name + ": " + err.Error()) // a constant of ours: a test finds it
		}
		schemas[name].Examples = []any{value}
	}
}

func encodings() (all []any) {
	for _, e := range task.Encodings() {
		all = append(all, e)
	}
	return all
}
