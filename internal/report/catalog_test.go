package report

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestCatalogHasTheReportsOfThisVersion(t *testing.T) {
	columns := map[string]int{}
	for _, d := range Catalog() {
		if d.Feed == nil { // TestFeedsHaveEveryPublishedColumn
			columns[d.ID] = len(d.Columns)
		}
	}
	// Columns of the catalog's tables, rows that name several counted as several.
	require.Equal(t, map[string]int{
		"msg.skill_segments": 25, "msg.survey_answers": 27, "msg.transcripts": 24,
		"msg.agent_survey_answers": 23, "msg.sdes": 56, "msg.intents": 14, "msg.message_statuses": 10, "msg.cobrowse": 14,

		"chat.engagements": 74, "chat.lines": 18, "chat.survey_answers": 17, "chat.sdes": 57,
		"cfg.skills": 24, "cfg.users": 34, "cfg.user_skills": 10, "cfg.skill_routing": 8, "cfg.agent_groups": 14,
		"cfg.profiles": 12, "cfg.profile_permissions": 8, "cfg.lobs": 9, "cfg.status_reasons": 7,

		"msg.assignments": 32, "msg.conversations": 104, "msg.messages": 43, "msg.participants": 18,
		"msg.transfers": 26, "raw.messaging_interactions": 0, "raw.engagement_history": 0,
		"raw.agent_activity": 0, "agent.status_changes": 18, "agent.status_segments": 15, "agent.handle_time": 14, "raw.handle_time": 0, "raw.net_handle_time": 0,

		"agent.daily": 36, "wfm.agent_interval": 46, "wfm.agent_skill_interval": 26,
		"connector.messages": 31, "connector.transcripts": 27,
		"out.transactions": 30, "raw.outbound": 0,

		// What the platform counts of the last 24 hours.
		"raw.agentmetrics.status": 0, "raw.agentmetrics.summary": 0, "wfm.agent_snapshot": 23, "wfm.queue_snapshot": 22, "wfm.skill_interval": 57,
		"wfm.sla_histogram": 17, "wfm.chat_skill_interval": 34,
		"raw.ops.msgagentsegments": 0, "raw.ops.msgconversation": 0, "raw.ops.msgcsat": 0, "raw.ops.msgewt": 0, "raw.ops.msgqueuehealth": 0,
		"raw.ops.msgqueuehealth_current": 0, "raw.ops.msgskillsegments": 0, "raw.rt.agentactivity": 0, "raw.rt.engactivity": 0,
		"raw.rt.queuehealth": 0, "raw.rt.queuestate": 0, "raw.rt.sla": 0,
		"raw.kmm.metrics": 0, "raw.kmm.agent_view": 0, "raw.kmm.historical": 0,
	}, columns)
}

// Raw reports are JSON; tables come in every format, but statuses of messages, of which there
// are too many for spreadsheets and XML.
func TestFormats(t *testing.T) {
	for _, d := range Catalog() {
		want := []string{"json", "jsonl", "csv", "xlsx", "xml", "parquet"}
		switch {
		case d.IsRaw():
			want = want[:2]
		case d.ID == "msg.message_statuses":
			want = []string{"json", "jsonl", "csv", "parquet"}
		}
		require.Equal(t, want, d.Formats, d.ID)
	}
}

func TestGet(t *testing.T) {
	for _, version := range []string{"", "1", "1.0"} {
		d, err := Get("msg.messages", version)
		require.NoError(t, err)
		require.Equal(t, "msg.messages@1.1", d.Ref())
	}
	_, err := Get("msg.nothing", "")
	require.True(t, fault.Is(err, fault.NotFound))
	require.ErrorContains(t, err, "msg.agent_survey_answers")
	_, err = Get("msg.messages", "2.0")
	require.ErrorContains(t, err, "use 1.1")
}

// A task pins a major: it goes on with every later minor, and with its major while that is shipped.
func TestVersionsThatAreShipped(t *testing.T) {
	facts, err := data.ReadFile("data/facts.yaml")
	require.NoError(t, err)
	shipping := func(versions map[string]string) (catalog, error) {
		files := fstest.MapFS{"d/facts.yaml": {Data: facts}, "d/parameters.yaml": {Data: []byte("{}")}, "d/resources.yaml": {Data: []byte("r: {id: $.k}")}}
		for file, version := range versions {
			files["d/"+file] = &fstest.MapFile{Data: []byte(strings.Replace(goodReport, `"1.0"`, `"`+version+`"`, 1))}
		}
		return read(files, "d")
	}
	for name, c := range map[string]struct {
		files map[string]string
		gets  map[string]string // what is asked for → what there is
	}{
		"one":        {map[string]string{"x.y.yaml": "1.0"}, map[string]string{"": "1.0", "1": "1.0", "1.0": "1.0", "1.1": "", "2": "", "2.0": "", "0.9": "", "1.x": "", "one": ""}},
		"a bump":     {map[string]string{"x.y.yaml": "1.1"}, map[string]string{"": "1.1", "1": "1.1", "1.0": "1.1", "1.1": "1.1", "1.2": "", "01.0": ""}},
		"two majors": {map[string]string{"x.y.yaml": "2.0", "x.y@1.yaml": "1.12"}, map[string]string{"": "2.0", "2": "2.0", "1": "1.12", "1.9": "1.12", "1.13": "", "2.1": ""}},
		"many":       {map[string]string{"x.y.yaml": "11.0", "x.y@10.yaml": "10.3", "x.y@2.yaml": "2.3"}, map[string]string{"": "11.0", "10.0": "10.3", "2": "2.3", "3": ""}},
		"major gone": {map[string]string{"x.y.yaml": "2.0"}, map[string]string{"": "2.0", "1.0": "", "1": ""}},
	} {
		all, err := shipping(c.files)
		require.NoError(t, err, name)
		require.Len(t, all.list, 1, name)
		require.Equal(t, c.gets[""], all.list[0].Version, name)
		for asked, want := range c.gets {
			d, err := all.get("x.y", asked)
			if want == "" {
				require.True(t, fault.Is(err, fault.NotFound), "%s: %s", name, asked)
				require.ErrorContains(t, err, "use "+c.gets[""], "%s: %s", name, asked)
				continue
			}
			require.NoError(t, err, "%s: %s", name, asked)
			require.Equal(t, want, d.Version, "%s: %s", name, asked)
		}
	}
	for name, files := range map[string]map[string]string{
		"the older in front":   {"x.y.yaml": "1.0", "x.y@2.yaml": "2.0"},
		"a major twice":        {"x.y.yaml": "1.1", "x.y@1.yaml": "1.0"},
		"none in front":        {"x.y@1.yaml": "1.0"},
		"of another major":     {"x.y.yaml": "3.0", "x.y@1.yaml": "2.0"},
		"a minor in the name":  {"x.y.yaml": "2.0", "x.y@1.0.yaml": "1.0"},
		"named after another":  {"x.z.yaml": "1.0"},
		"not a version at all": {"x.y.yaml": "one"},
	} {
		_, err := shipping(files)
		require.Error(t, err, name)
	}
}

func TestJoinsAreWhatLookupsRead(t *testing.T) {
	d, err := Get("cfg.users", "")
	require.NoError(t, err)
	require.Equal(t, []string{"agent_groups", "profiles", "skills"}, d.Joins)
}

func TestSecretsOfUsersAreInNoColumn(t *testing.T) {
	d, err := Get("cfg.users", "")
	require.NoError(t, err)
	b, err := json.Marshal(d.Columns)
	require.NoError(t, err)
	require.NotContains(t, string(b), "passwordSh")
	require.NotContains(t, string(b), "allowedAppKeys")
}

func TestReach(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for reach, want := range map[Reach]time.Time{"13mo": now.AddDate(0, -13, 0), "24h": now.Add(-24 * time.Hour), "9w": now.AddDate(0, 0, -63)} {
		got, limited := reach.Since(now)
		require.True(t, limited)
		require.Equal(t, want, got)
	}
	_, limited := Snapshot.Since(now)
	require.False(t, limited)
}

// Only reports about now are not revised, and those that read live resources are about windows.
func TestWhatIsRevised(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, d := range Catalog() {
		require.Equal(t, d.Reach == Snapshot, d.Final() != "", d.ID)
	}
	with := func(name, value string) Params { return Params{name: json.RawMessage(value)} }
	for name, c := range map[string]struct {
		report string
		params Params
		want   time.Time
	}{
		"by the reach":          {"msg.messages", nil, now.AddDate(0, -13, 0)},
		"by handle times":       {"wfm.skill_interval", nil, now.AddDate(0, -1, 0)},
		"by what is asked for":  {"wfm.agent_interval", with("chat", "true"), now.AddDate(0, -1, 0)},
		"by what is not read":   {"wfm.agent_interval", with("handle_time", "false"), now.AddDate(0, -13, 0)},
		"not by what is live":   {"wfm.chat_skill_interval", nil, now.AddDate(0, -13, 0)},
		"nor by what is beside": {"wfm.sla_histogram", nil, now.AddDate(0, -13, 0)},
	} {
		d, err := Get(c.report, "")
		require.NoError(t, err)
		got, bounded := d.Revisable(c.params, now)
		require.True(t, bounded, name)
		require.Equal(t, c.want, got, name)
	}
}

const goodReport = `
id: x.y
title: X
category: historical_business
grain: one
version: "1.0"
doc: d
formats: [json]
minInterval: 15m
defaultDelay: 15m
reach: 13mo
split: 10
resource: r
order: k
provenance: live
rowKey: [k]
columns:
  - {name: k, type: id, rule: NR, path: $.k, doc: key}
`

func TestADefectOfADataFileIsNamedAtLoad(t *testing.T) {
	facts, err := data.ReadFile("data/facts.yaml")
	require.NoError(t, err)
	for name, c := range map[string]struct{ old, new, want string }{
		"good":              {"", "", ""},
		"unknown fact":      {"path: $.k", "fact: no_such", `column k: no fact "no_such"`},
		"bad path":          {"$.k", "'$.k['", `column k: path "$.k[" at "["`},
		"path without root": {"$.k", "k", "must start with $"},
		"live without end":  {"rowKey: [k]", "rowKey: [k]\nlookups: {l: {resource: a, key: $.k, value: $.v}}\nalso: [{resource: a, live: true}]", "also a: live goes with a fold and within"},
		"row path, no rows": {"$.k", "'@.k'", "starts at a row"},
		"two sources":       {"path: $.k", "path: $.k, count: '$.n[]'", "exactly one of"},
		"unknown type":      {"type: id", "type: uuid", `unknown type "uuid"`},
		"unknown rule":      {"rule: NR", "rule: N9", `unknown rule "N9"`},
		"N6 without open":   {"rule: NR", "rule: N6", "needs open"},
		"unknown lookup":    {"path: $.k", "path: $.k, lookup: l", `unknown lookup "l"`},
		"unknown key":       {"path: $.k", "pfad: $.k", `unknown field "pfad"`},
		"key is no column":  {"rowKey: [k]", "rowKey: [z]", "rowKey names no column: z"},
		"bad reach":         {"13mo", "long", "not a duration"},
		"unknown parameter": {"rowKey: [k]", "rowKey: [k]\nparameters: [p]", "parameter p is not in"},
		"rows of nothing":   {"rowKey: [k]", "rowKey: [k]\nrows: {numbered: true}", "rows: want either path or of"},
		"unknown rows":      {"rowKey: [k]", "rowKey: [k]\nrows: {of: segments}", `rows: no derived rows "segments"`},
		"rows and sort":     {"rowKey: [k]", "rowKey: [k]\nfamily: messaging\nrows: {of: agent_segments, sort: ['@.k']}", "leave sort out"},
		"part of no rows":   {"path: $.k, doc: key}", "path: '@survey.k', doc: key}\nrows: {path: '$.r[]'}", `these rows have no "@survey"`},
		"part in a filter":  {"path: $.k, doc: key}", "path: '$.k[a=@survey.k]', doc: key}\nrows: {path: '$.r[]'}", `these rows have no "@survey"`},
		"fact of others":    {"path: $.k, doc: key}", "fact: segment_ended_at, doc: key}\nfamily: messaging\nrows: {path: '$.r[]'}", "is about rows of agent_segments"},
		"rows as a fact":    {"path: $.k, doc: key}", "fact: agent_segments, doc: key}\nfamily: messaging", `no fact "agent_segments"`},
		"file name":         {"id: x.y", "id: x.z", "must be named after it"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{
				"d/facts.yaml":      {Data: facts},
				"d/parameters.yaml": {Data: []byte("{}")},
				"d/resources.yaml":  {Data: []byte("r: {id: $.k}")},
				"d/x.y.yaml":        {Data: []byte(strings.Replace(goodReport, c.old, c.new, 1))},
			}
			_, err := read(files, "d")
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// Every report and join can be rendered from files.
func TestResourcesOfAllReportsAreDescribed(t *testing.T) {
	for _, d := range Catalog() {
		for _, name := range append([]string{d.Resource}, d.Joins...) {
			_, err := GetResource(name)
			require.NoError(t, err, d.ID)
		}
	}
	_, err := GetResource("weather")
	require.True(t, fault.Is(err, fault.NotFound))
	require.ErrorContains(t, err, "messaging_interactions, ")
}
