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

// Names that would leave their place, meet each other or not fit are refused where they
// are entered; those that are taken are shown before a run.
func testLayouts(t *testing.T, s *stack, f furnished) {
	leg := func(changes map[string]any) map[string]any {
		one := map[string]any{"destination": f.store, "encryption": map[string]any{"mode": "pgp", "keys": []any{f.key}}}
		for k, v := range changes {
			one[k] = v
		}
		return one
	}
	body := func(legs ...any) string { return f.taskBody(t, map[string]any{"destinations": legs}) }
	partitioned := map[string]any{"layout": task.LayoutPartitioned}
	for name, c := range map[string]struct {
		legs  []any
		field string
		rule  []string
	}{
		"path traversal in a template":     {[]any{leg(map[string]any{"fileName": "../{report}_{to}{part}{revision}.{ext}"})}, "fileName", []string{"../", "folders belong to path"}},
		"an absolute template":             {[]any{leg(map[string]any{"fileName": "/etc/{report}_{to}{part}{revision}.{ext}"})}, "fileName", []string{"/etc/", "not safe"}},
		"a backslash in a template":        {[]any{leg(map[string]any{"fileName": `..\{to}{part}{revision}.{ext}`})}, "fileName", []string{"not safe"}},
		"a hidden name":                    {[]any{leg(map[string]any{"fileName": ".{to}{part}{revision}.{ext}"})}, "fileName", []string{"begin with a dot"}},
		"an unknown field in a template":   {[]any{leg(map[string]any{"fileName": "{site}_{to}{part}{revision}.{ext}"})}, "fileName", []string{"{site}", "{report}"}},
		"two parts with one name":          {[]any{leg(map[string]any{"fileName": "{report}_{to}{revision}.{ext}"})}, "fileName", []string{"one name", "{report}_{to}{part}{revision}.{ext}"}},
		"two revisions with one name":      {[]any{leg(map[string]any{"fileName": "{report}_{to}{part}.{ext}"})}, "fileName", []string{"add {revision}"}},
		"two windows with one name":        {[]any{leg(map[string]any{"fileName": "{report}{part}{revision}.{ext}"})}, "fileName", []string{"one name", "{to}"}},
		"a name too long for servers":      {[]any{leg(map[string]any{"fileName": strings.Repeat("x", 120) + "_{from}_{to}_{task}_{account}{part}{revision}.{ext}"})}, "fileName", []string{"bytes", "shorten it to 200"}},
		"a template too long to be one":    {[]any{leg(map[string]any{"fileName": strings.Repeat("x", 300)})}, "fileName", []string{"300 bytes", "at most 200"}},
		"path traversal in the path":       {[]any{leg(map[string]any{"path": "reports/../../etc"})}, "path", []string{"..", "folders below"}},
		"a folder too long for servers":    {[]any{leg(map[string]any{"path": strings.Repeat("y", 201)})}, "path", []string{"201 bytes"}},
		"five elements":                    {[]any{leg(map[string]any{"fileNameElements": []any{"account", "report", "date", "from", "to"}})}, "fileNameElements", []string{"5 elements", "at most 4"}},
		"an element that is none":          {[]any{leg(map[string]any{"fileNameElements": []any{"../x"}})}, "fileNameElements", []string{"../x", "choose of"}},
		"elements that tell no window":     {[]any{leg(map[string]any{"fileNameElements": []any{"account", "report"}})}, "fileNameElements", []string{"choose one of from, to"}},
		"elements and a template":          {[]any{leg(map[string]any{"fileName": "{to}{part}{revision}.{ext}", "fileNameElements": []any{"to"}})}, "fileNameElements", []string{"remove"}},
		"a template for partitions":        {[]any{leg(map[string]any{"layout": "partitioned", "fileName": "{to}{part}{revision}.{ext}"})}, "fileName", []string{"names its files itself"}},
		"path traversal in a feed":         {[]any{leg(map[string]any{"layout": "partitioned", "feed": "../up"})}, "feed", []string{"../up", "small letters"}},
		"a feed for flat files":            {[]any{leg(map[string]any{"feed": "messages"})}, "feed", []string{"only the partitioned layout"}},
		"a layout that nobody knows":       {[]any{leg(map[string]any{"layout": "hive"})}, "layout", []string{"hive", "flat", "partitioned"}},
		"armor where nothing is encrypted": {[]any{map[string]any{"destination": f.store, "encryption": map[string]any{"mode": "none", "armor": true}}}, "encryption.armor", []string{"belongs to OpenPGP"}},
		"a signature without a key":        {[]any{leg(map[string]any{"encryption": map[string]any{"mode": "pgp", "keys": []any{f.key}, "sign": true}})}, "encryption.sign", []string{"no key to sign with", "starter signer make"}},
	} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, s.call(t, "POST", f.at+"/tasks", body(c.legs...)), "body.destinations[0]."+c.field, c.rule...)
		})
	}
	t.Run("two legs to one partition", func(t *testing.T) {
		twice := body(leg(partitioned), leg(partitioned))
		requireRefused(t, s.call(t, "POST", f.at+"/tasks", twice), "body.destinations[1]", "the same files", "destinations[0]")
	})

	id := s.make(t, f.at+"/tasks", body(
		leg(map[string]any{"fileNameElements": []any{"report", "account", "date"}}),
		leg(map[string]any{"layout": "partitioned", "path": "feeds"}),
		leg(map[string]any{"fileName": "{description}-{date}{part}{revision}.{ext}", "path": "text", "encryption": map[string]any{"mode": "pgp", "keys": []any{f.key}, "armor": true}}),
	))
	var preview httpapi.Preview
	s.call(t, "GET", f.at+"/tasks/"+id+"/preview?n=1", "").into(t, &preview)
	day := preview.Runs[0].FromLocal[:len(time.DateOnly)]
	require.Equal(t, []string{
		"msg.messages_12345678_" + day + ".csv.pgp", "feeds/msg_messages/version=1/format=csv/dt=" + day + "/msg_messages.csv.enc", "text/Messages-" + day + ".csv.asc",
	}, namesOf(preview.Runs[0].Files))
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", f.at+"/tasks/"+id, "").status)
}

func namesOf(files []httpapi.PreviewFile) (names []string) {
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}
