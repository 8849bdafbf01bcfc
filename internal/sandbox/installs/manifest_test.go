package installs_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/live"
)

// published returns a sample; tests that need one are skipped where the samples are not.
func published(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "samples", "liveperson", "connector", name))
	if err != nil {
		t.Skip("the published samples are not here")
	}
	return b
}

func object(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, json.Unmarshal(raw, &o))
	return o
}

// withoutAssigned drops what the server alone says, after a look at its form.
func withoutAssigned(t *testing.T, o map[string]any) map[string]any {
	t.Helper()
	require.Equal(t, o["id"], o["client_id"])
	require.Equal(t, 0.0, o["client_secret_expires_at"])
	o = maps.Clone(o)
	for _, name := range []string{"id", "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "deleted"} {
		require.Contains(t, o, name)
		delete(o, name)
	}
	return o
}

// Every published manifest is accepted, and comes back as it was sent, with what the server assigns.
func TestPublishedManifests(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{
		"manifest_connector.json", "manifest_custom_connector_full.json", "manifest_retry_numbers.json",
		"manifest_retry_retention_time.json", "manifest_retry_retention_time_except_one.json",
	} {
		t.Run(name, func(t *testing.T) {
			raw := published(t, name)
			m, err := installs.ParseManifest(raw)
			require.NoError(t, err)
			one, revision, err := installs.NewRegistry(func() time.Time { return at }).Create("a", m)
			require.NoError(t, err)
			require.Equal(t, int64(2), revision)
			b, err := json.Marshal(one)
			require.NoError(t, err)
			got, want := object(t, b), object(t, raw)
			require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), got["client_id"])
			require.Regexp(t, regexp.MustCompile(`^[0-9a-v]{26}$`), got["client_secret"])
			require.Equal(t, float64(at.Unix()), got["client_id_issued_at"])
			require.Equal(t, false, got["deleted"])
			want["enabled"] = true
			require.Equal(t, want, withoutAssigned(t, got))
		})
	}
}

// What was read back from the platform may be sent as an update; only what it assigned is not taken.
func TestPublishedInstallationsAreManifestsToo(t *testing.T) {
	var list []json.RawMessage
	require.NoError(t, json.Unmarshal(published(t, "installations_list.json"), &list))
	require.Len(t, list, 3)
	for _, raw := range append(list, published(t, "installation_entity.json")) {
		r := installs.NewRegistry(time.Now)
		m, err := installs.ParseManifest(raw)
		require.NoError(t, err)
		one, revision, err := r.Create("a", m)
		require.NoError(t, err)
		_, _, err = r.Update("a", one.ID, "2", m)
		require.NoError(t, err)
		require.Equal(t, int64(2), revision)
		next, _ := r.Get("a", one.ID)
		b, err := json.Marshal(next)
		require.NoError(t, err)
		got, sent := object(t, b), object(t, raw)
		require.Equal(t, one.Secret, got["client_secret"], "not what the client said")
		sent["id"] = sent["client_id"] // the sample's is made unreadable in two ways
		require.Equal(t, withoutAssigned(t, sent), withoutAssigned(t, got))
	}
}

func TestWhatIsReadOfTheRetryPolicies(t *testing.T) {
	read := func(name string) installs.Webhooks {
		m, err := installs.ParseManifest(published(t, name))
		require.NoError(t, err)
		return m.Capabilities.Webhooks
	}
	numbers := read("manifest_retry_numbers.json")
	require.Zero(t, numbers.Retention)
	require.Equal(t, 3, numbers.Endpoints[live.TypeContent].Retries())
	require.Equal(t, 0, numbers.Endpoints[live.TypeRichContent].Retries())
	except := read("manifest_retry_retention_time_except_one.json")
	require.Equal(t, 24*time.Hour, except.Retention)
	require.True(t, except.Endpoints[live.TypeContent].Excepted())
	require.False(t, except.Endpoints[live.TypeRichContent].Excepted())
}

func TestManifestsAreRefused(t *testing.T) {
	const content = "ms.MessagingEventNotification.ContentEvent"
	webhook := func(s string) string {
		return `{"client_name":"n","capabilities":{"webhooks":{"` + content + `":` + s + `}}}`
	}
	engagement := func(replace, with string) string {
		s := `{"design_engagement":false,"design_window":false,"language_selection":false,"entry_point":["section"],"visitor_behavior":["flow"],"target_audience":["ip"],"goal":["url"],"consumer_identity":["auth"]}`
		require.Contains(t, s, replace)
		return `{"client_name":"n","capabilities":{"engagement":` + strings.Replace(s, replace, with, 1) + `}}`
	}
	for name, c := range map[string]struct{ manifest, says string }{
		"no JSON":                  {`[object Object]`, "manifest"},
		"a list":                   {`[]`, "manifest"},
		"null":                     {`null`, "JSON object"},
		"no name":                  {`{}`, "client_name: is required"},
		"long name":                {`{"client_name":"` + strings.Repeat("ü", 129) + `"}`, "client_name: has 129 characters"},
		"long description":         {`{"client_name":"n","description":"` + strings.Repeat("x", 257) + `"}`, "description"},
		"long logo":                {`{"client_name":"n","logo_uri":"` + strings.Repeat("x", 1025) + `"}`, "logo_uri"},
		"long redirect":            {`{"client_name":"n","redirect_uris":["` + strings.Repeat("x", 129) + `"]}`, "redirect_uris"},
		"unknown grant":            {`{"client_name":"n","grant_types":["password"]}`, `grant_types: "password"`},
		"unknown response":         {`{"client_name":"n","response_types":["jwt"]}`, "response_types"},
		"name is a number":         {`{"client_name":1}`, "client_name"},
		"plain endpoint":           {webhook(`{"endpoint":"http://example.com/x"}`), content + ".endpoint"},
		"no endpoint":              {webhook(`{}`), content + ".endpoint"},
		"endpoint without a host":  {webhook(`{"endpoint":"https:///x"}`), content + ".endpoint"},
		"too many retries":         {webhook(`{"endpoint":"https://e.com","max_retries":6}`), content + ".max_retries: 6"},
		"negative retries":         {webhook(`{"endpoint":"https://e.com","max_retries":-1}`), "max_retries"},
		"header with a line break": {webhook(`{"endpoint":"https://e.com","headers":[{"header_name":"A","header_value":"b\nc"}]}`), "headers"},
		"header without a name":    {webhook(`{"endpoint":"https://e.com","headers":[{"header_value":"b"}]}`), "headers"},
		"misnamed type":            {`{"client_name":"n","capabilities":{"webhooks":{"ms.MessagingEventNotification .ExConversationChangeNotification":{"endpoint":"https://e.com"}}}}`, "is not one of"},
		"retention of a second":    {`{"client_name":"n","capabilities":{"webhooks":{"retry":{"retention_time":1}}}}`, "2 to 259200"},
		"retention over 72 hours":  {`{"client_name":"n","capabilities":{"webhooks":{"retry":{"retention_time":259201}}}}`, "2 to 259200"},
		"retry without a time":     {`{"client_name":"n","capabilities":{"webhooks":{"retry":{}}}}`, "retention_time"},
		"engagement lacks a flag":  {engagement(`"design_window":false,`, ``), "design_window: is required"},
		"engagement lacks a list":  {engagement(`"goal":["url"],`, ``), "goal: is required"},
		"no entry point":           {engagement(`["section"]`, `[]`), "entry_point"},
		"unknown entry point":      {engagement(`["section"]`, `["door"]`), `"door" is not one of section, url`},
		"identity twice":           {engagement(`["auth"]`, `["auth","auth"]`), "consumer_identity: a value is there twice"},
		"eleven goals":             {engagement(`["url"]`, `["1","2","3","4","5","6","7","8","9","10","11"]`), "goal"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := installs.ParseManifest([]byte(c.manifest))
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := installs.ParseManifest([]byte(engagement("flow", "flow")))
	require.NoError(t, err, "the engagement of the cases above is good")
}
