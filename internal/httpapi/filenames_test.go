package httpapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

// A task that is still being written, without source, destination and key, shows how its files
// would be called, or which field would let two of them meet; nothing is made.
func testFileNames(t *testing.T, s *stack, f furnished) {
	draft := func(leg map[string]any, more ...any) string {
		body := map[string]any{
			"report": "msg.messages", "format": "csv", "zone": "UTC", "frequency": map[string]any{"kind": "daily", "at": "00:00"},
			"destinations": []any{leg},
		}
		for i := 0; i < len(more); i += 2 {
			body[more[i].(string)] = more[i+1]
		}
		text, err := json.Marshal(body)
		require.NoError(t, err)
		return string(text)
	}
	ask := func(body string) (out httpapi.FileNames) {
		s.call(t, "POST", f.at+"/file-names", body).into(t, &out)
		return out
	}
	type leg = map[string]any

	got := ask(draft(leg{"path": "in", "fileNameElements": []string{"account", "date"}, "encryption": leg{"mode": "pgp"}})).Legs
	require.Len(t, got, 1)
	require.Equal(t, "{account}_{date}{part}{revision}.{ext}", got[0].Template)
	require.Len(t, got[0].Windows, 2)
	for _, w := range got[0].Windows {
		name := "in/ACCOUNT_" + w.From.Format(time.DateOnly)
		require.Equal(t, name+".csv.pgp", w.File)
		require.Equal(t, []string{name + "_p001.csv.pgp", name + "_p002.csv.pgp"}, w.Parts)
		require.Equal(t, name+"_r1.csv.pgp", w.Revision)
		require.Equal(t, name+".manifest.json", w.Manifest)
		require.Empty(t, w.Marker)
	}
	require.Equal(t, got[0].Windows[0].To, got[0].Windows[1].From)

	day := ask(draft(leg{"layout": "partitioned"})).Legs[0].Windows[0]
	folder := "msg_messages/version=1/format=csv/dt=" + day.From.Format(time.DateOnly) + "/"
	require.Equal(t, []string{folder + "msg_messages.csv.00", folder + "msg_messages.csv.01"}, day.Parts)
	require.Equal(t, folder+"_SUCCESS", day.Marker)

	past := ask(draft(leg{"fileName": "{from}{part}{revision}.{ext}"}, "frequency", leg{"kind": "once"}, "start", "2026-01-02T00:00:00Z", "end", "2026-01-03T00:00:00Z"))
	require.Equal(t, "20260102T000000Z.csv", past.Legs[0].Windows[0].File)

	var before, after httpapi.List[httpapi.TaskView]
	s.call(t, "GET", f.at+"/tasks", "").into(t, &before)
	for name, c := range map[string]struct {
		body, field string
		rule        []string
	}{
		"two parts":     {draft(leg{"fileName": "{to}{revision}.{ext}"}), "destinations[0].fileName", []string{"one name", "add {part}"}},
		"two revisions": {draft(leg{"fileName": "{to}{part}.{ext}"}), "destinations[0].fileName", []string{"add {revision}"}},
		"two windows":   {draft(leg{"fileName": "{report}{part}{revision}.{ext}"}), "destinations[0].fileName", []string{"all windows", "add {to}"}},
		"two windows of a day": {
			draft(leg{"fileName": "{date}{part}{revision}.{ext}"}, "frequency", leg{"kind": "interval", "every": "15m"}),
			"destinations[0].fileName",
			[]string{"several windows a day"},
		},
		"half a field":   {draft(leg{"fileName": "{repo"}), "destinations[0].fileName", []string{"there is no field"}},
		"no such format": {draft(leg{}, "format", "pdf"), "format", []string{"pdf", "csv"}},
		"no frequency":   {draft(leg{}, "frequency", leg{}), "frequency.kind", []string{"missing"}},
		"no destination": {draft(leg{}, "destinations", []any{}), "destinations", []string{"delivers nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, s.call(t, "POST", f.at+"/file-names", c.body), "body."+c.field, c.rule...)
		})
	}
	s.call(t, "GET", f.at+"/tasks", "").into(t, &after)
	require.Equal(t, before, after)
}
