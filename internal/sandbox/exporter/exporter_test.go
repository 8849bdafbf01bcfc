package exporter

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/feeds"
)

// api is a running server with a clock that a test sets.
type api struct {
	t     *testing.T
	clock time.Time
	url   string
	*Server
}

func start(t *testing.T, c Config) *api {
	t.Helper()
	a := &api{t: t, clock: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	c.ID, c.Secret, c.Seed, c.Rows = "id-1", "secret-1", 1, 20
	c.Now = func() time.Time { return a.clock }
	a.Server = New(c)
	mux := http.NewServeMux()
	a.Routes(mux, func(h http.Handler) http.Handler { return h })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// post calls with the credentials.
func (a *api) post(name, body string) (int, map[string]any) {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodPost, a.url+Prefix+name, strings.NewReader(body))
	require.NoError(a.t, err)
	req.Header.Set("asapp-api-id", "id-1")
	req.Header.Set("asapp-api-secret", "secret-1")
	req.Header.Set("Content-Type", "application/json")
	return a.do(req)
}

func (a *api) do(req *http.Request) (int, map[string]any) {
	a.t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close()
	var answer map[string]any
	require.NoError(a.t, json.NewDecoder(res.Body).Decode(&answer))
	return res.StatusCode, answer
}

// list calls and returns the list of that name.
func (a *api) list(name, body, member string) (list []string) {
	a.t.Helper()
	status, answer := a.post(name, body)
	require.Equal(a.t, http.StatusOK, status, "%v", answer)
	for _, v := range answer[member].([]any) {
		list = append(list, v.(string))
	}
	return list
}

// get fetches an address.
func (a *api) get(address string, header ...string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(a.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	return res.StatusCode, string(b)
}

const ofUtterances = `"feed":"utterances","version":"1","format":"jsonl"`

func TestTheSevenCalls(t *testing.T) {
	a := start(t, Config{})
	require.Equal(t, []string{
		"autosummary_feedback", "autosummary_free_text", "autosummary_structured_data", "contact_entity_generative_agent",
		"staging_conversation_state", "staging_utterance_state", "utterances",
	}, a.list("listfeeds", "", "feeds"))
	require.Equal(t, []string{"1"}, a.list("listfeedversions", `{"feed":"utterances"}`, "versions"))
	require.Equal(t, []string{"jsonl"}, a.list("listfeedformats", `{"feed":"utterances","version":"1"}`, "formats"))
	dates := a.list("listfeeddates", "{"+ofUtterances+"}", "dates")
	require.Len(t, dates, 32, "utterances are purged")
	require.Equal(t, "2026-11-19", dates[31])
	require.Len(t, a.list("listfeeddates", `{"feed":"staging_utterance_state","version":"1","format":"jsonl"}`, "dates"), 35)
	require.Empty(t, a.list("listfeedintervals", "{"+ofUtterances+`,"date":"2026-11-19"}`, "intervals"))
	hours := a.list("listfeedintervals", `{"feed":"contact_entity_generative_agent","version":"1","format":"jsonl","date":"2026-11-19"}`, "intervals")
	require.Len(t, hours, 24)
	require.Equal(t, "hr=05/mi=00", hours[5])
}

func TestBothStylesAreTakenAndEchoed(t *testing.T) {
	a := start(t, Config{Named: true})
	require.Equal(t, []string{"version=1"}, a.list("listfeedversions", `{"feed":"utterances"}`, "versions"))
	require.Equal(t, []string{"format=jsonl"}, a.list("listfeedformats", `{"feed":"utterances","version":"version=1"}`, "formats"))
	require.Contains(t, a.list("listfeeddates", "{"+ofUtterances+"}", "dates"), "dt=2026-11-19")
	status, answer := a.post("listfeedfiles", `{"feed":"utterances","version":"version=1","format":"jsonl","date":"dt=2026-11-19"}`)
	require.Equal(t, http.StatusOK, status)
	files := answer["files"]
	require.NotEmpty(t, files)
	delete(answer, "files")
	require.Equal(t, map[string]any{"feed": "utterances", "version": "version=1", "format": "jsonl", "date": "dt=2026-11-19"}, answer, "byte for byte, and no interval")
	_, bare := a.post("listfeedfiles", "{"+ofUtterances+`,"date":"2026-11-19"}`)
	require.Equal(t, files, bare["files"])
}

// address asks for the address of the first file of a day that has files.
func (a *api) address(date string) string {
	a.t.Helper()
	body := "{" + ofUtterances + `,"date":"` + date + `"`
	files := a.list("listfeedfiles", body+"}", "files")
	require.NotEmpty(a.t, files)
	status, answer := a.post("getfeedfile", body+`,"fileName":"`+files[0]+`"}`)
	require.Equal(a.t, http.StatusOK, status)
	require.Equal(a.t, files[0], answer["fileName"])
	return answer["url"].(string)
}

func TestAnAddressIsGoodForAWhileAndForNobodyWithCredentials(t *testing.T) {
	a := start(t, Config{})
	address := a.address("2026-11-19")
	status, content := a.get(address)
	require.Equal(t, http.StatusOK, status)
	require.NotEmpty(t, content)
	status, content = a.get(address, "asapp-api-secret", "secret-1")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, content, "<Code>InvalidArgument</Code>")
	status, content = a.get(address + "x")
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, content, "SignatureDoesNotMatch")
	a.clock = a.clock.Add(15 * time.Minute)
	status, content = a.get(address)
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, content, "Request has expired")
}

func TestADateAppearsAtTwoAndItsFilesOneAfterAnother(t *testing.T) {
	a := start(t, Config{})
	a.clock = time.Date(2026, 11, 20, 1, 59, 59, 0, time.UTC)
	require.NotContains(t, a.list("listfeeddates", "{"+ofUtterances+"}", "dates"), "2026-11-19")
	a.clock = time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	require.Contains(t, a.list("listfeeddates", "{"+ofUtterances+"}", "dates"), "2026-11-19")
	body := "{" + ofUtterances + `,"date":"2026-11-19"}`
	require.Empty(t, a.list("listfeedfiles", body, "files"))
	a.clock = time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)
	whole := a.list("listfeedfiles", body, "files")
	require.NotEmpty(t, whole)
	a.clock = a.clock.Add(time.Hour)
	require.Equal(t, whole, a.list("listfeedfiles", body, "files"), "stable from then on")
}

func TestFilesEndInTheTruth(t *testing.T) {
	a := start(t, Config{})
	truth, err := a.Truth(feeds.Question{Table: "utterances"})
	require.NoError(t, err)
	read := map[string]bool{}
	for _, date := range a.list("listfeeddates", "{"+ofUtterances+"}", "dates") {
		body := "{" + ofUtterances + `,"date":"` + date + `"`
		for _, name := range a.list("listfeedfiles", body+"}", "files") {
			_, answer := a.post("getfeedfile", body+`,"fileName":"`+name+`"}`)
			_, content := a.get(answer["url"].(string))
			if strings.HasSuffix(name, ".gz") {
				z, err := gzip.NewReader(strings.NewReader(content))
				require.NoError(t, err)
				b, err := io.ReadAll(z)
				require.NoError(t, err)
				content = string(b)
			}
			for line := range bytes.Lines([]byte(content)) {
				read["dt="+date+" "+name+" "+strings.TrimSuffix(string(line), "\n")] = true
			}
		}
	}
	require.NotEmpty(t, truth)
	for _, r := range truth {
		require.True(t, read[r.Leaf+" "+r.File+" "+string(r.Row)], "%s", r.Row)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, call, body, code string }{
		{"no JSON", "listfeedversions", "feed", "400-01"},
		{"a number for a text", "listfeedversions", `{"feed":1}`, "400-01"},
		{"no feed", "listfeedversions", `{}`, "400-03"},
		{"no fileName", "getfeedfile", "{" + ofUtterances + `,"date":"2026-11-19"}`, "400-03"},
		{"an unknown feed", "listfeedversions", `{"feed":"reps"}`, "404-01"},
		{"an unknown version", "listfeedformats", `{"feed":"utterances","version":"2"}`, "404-02"},
		{"an unknown format", "listfeeddates", `{"feed":"utterances","version":"1","format":"csv"}`, "404-03"},
		{"a date that is none", "listfeedintervals", "{" + ofUtterances + `,"date":"yesterday"}`, "422-01"},
		{"a date that is not there", "listfeedfiles", "{" + ofUtterances + `,"date":"2026-11-20"}`, "404-04"},
		{"an interval of an undivided date", "listfeedfiles", "{" + ofUtterances + `,"date":"2026-11-19","interval":"hr=01/mi=00"}`, "404-05"},
		{"a divided date without an interval", "listfeedfiles", `{"feed":"contact_entity_generative_agent","version":"1","format":"jsonl","date":"2026-11-19"}`, "404-05"},
		{"a name that is guessed", "getfeedfile", "{" + ofUtterances + `,"date":"2026-11-19","fileName":"utterances.jsonl"}`, "404-06"},
		{"a body that is too large", "listfeeds", strings.Repeat("x", largestBody+1), "413-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := start(t, Config{}).post(c.call, c.body)
			said := answer["error"].(map[string]any)
			require.Equal(t, c.code, said["code"])
			require.Equal(t, c.code[:3], strconv.Itoa(status))
			require.NotEmpty(t, said["requestId"])
			require.NotEmpty(t, said["message"])
		})
	}
}

func TestCredentialsAreAsked(t *testing.T) {
	a := start(t, Config{})
	for code, headers := range map[string][]string{"401-01": {"asapp-api-id", "id-1"}, "401-02": {"asapp-api-id", "id-1", "asapp-api-secret", "other"}} {
		req, err := http.NewRequest(http.MethodPost, a.url+Prefix+"listfeeds", nil)
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		status, answer := a.do(req)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Equal(t, code, answer["error"].(map[string]any)["code"])
	}
}

func TestLimits(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	a := start(t, Config{PerSecond: 2, PerDay: 4, RealNow: func() time.Time { return at }})
	call := func() int {
		status, _ := a.post("listfeeds", "")
		return status
	}
	statuses := []int{call(), call(), call()}
	at = at.Add(time.Second)
	statuses = append(statuses, call(), call())
	at = at.Add(24 * time.Hour)
	statuses = append(statuses, call())
	require.True(t, slices.Equal(statuses, []int{200, 200, 429, 200, 429, 200}), "%v: two a second, four a day", statuses)
}
