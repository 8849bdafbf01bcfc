package report

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func params(t *testing.T, s string) Params {
	t.Helper()
	var p Params
	require.NoError(t, json.Unmarshal([]byte(s), &p))
	return p
}

func TestCheckParameters(t *testing.T) {
	for _, c := range []struct{ name, report, params, field, want string }{
		{"none", "msg.messages", `{}`, "", ""},
		{"all good", "msg.messages", `{"time_basis":"start","status":["OPEN"],"skill_ids":["-1","7"],"content":["messageStatuses"],"api_version":2,"column_set":["text"],"system_columns":"all"}`, "", ""},
		{"unknown", "msg.messages", `{"colour":"red"}`, "parameters.colour", "it takes time_basis, status"},
		{"value not in list", "msg.messages", `{"time_basis":"noon"}`, "parameters.time_basis", `"noon" is not one of start, end, full_dialog_end`},
		{"known but not served", "msg.messages", `{"time_basis":"updated"}`, "parameters.time_basis", "use end, full_dialog_end or start"},
		{"mode unknown", "cfg.users", `{"mode":"delta"}`, "parameters.mode", "not one of full, changes, as_of"},
		{"as_of without its moment", "cfg.users", `{"mode":"as_of"}`, "parameters.as_of", "mode as_of needs it"},
		{"a moment without as_of", "cfg.users", `{"as_of":"2026-11-20T00:00:00Z"}`, "parameters.as_of", "goes only with mode as_of"},
		{"a moment that is none", "cfg.users", `{"mode":"as_of","as_of":"yesterday"}`, "parameters.as_of", "not a moment such as"},
		{"wrong type", "msg.messages", `{"strip_html":"yes"}`, "parameters.strip_html", `"yes" is not true or false`},
		{"not a list", "msg.messages", `{"status":"OPEN"}`, "parameters.status", `"OPEN" is not a list`},
		{"element", "msg.messages", `{"skill_ids":["7","x"]}`, "parameters.skill_ids", `element 2: "x" does not match`},
		{"twice", "msg.messages", `{"skill_ids":["7","7"]}`, "parameters.skill_ids", "is there twice"},
		{"empty list", "msg.messages", `{"skill_ids":[]}`, "parameters.skill_ids", "too short"},
		{"number out of range", "msg.messages", `{"api_version":3}`, "parameters.api_version", "3 is outside of 1 to 2"},
		{"not a whole number", "msg.messages", `{"api_version":1.5}`, "parameters.api_version", "1.5 is not a whole number"},
		{"no multiple", "wfm.chat_skill_interval", `{"sl_threshold_s":32}`, "parameters.sl_threshold_s", "32 is no multiple of 5"},
		{"column of another report", "msg.messages", `{"column_set":["csat"]}`, "parameters.column_set", `"csat" is not one of account_id`},
		{"column set by name", "msg.messages", `{"column_set":"no_personal"}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Get(c.report, "")
			require.NoError(t, err)
			err = d.CheckParameters(params(t, c.params))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			var f *fault.Error
			require.True(t, errors.As(err, &f))
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.field, f.Field)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestQueryParams(t *testing.T) {
	for _, c := range []struct{ name, report, params, want string }{
		{"defaults", "msg.messages", `{}`, `{"time_basis":"end","status":["CLOSE"],"api_version":1,
			"content":["agentParticipants","consumerParticipants","dialogs","intents","messageRecords","messageScores","skillChanges","transfers"]}`},
		{"both states by start", "msg.messages", `{"time_basis":"start","content":["messageStatuses","dialogs"]}`, `{"time_basis":"start","status":["OPEN","CLOSE"],"api_version":1,
			"content":["agentParticipants","consumerParticipants","dialogs","intents","messageRecords","messageScores","messageStatuses","skillChanges","transfers"]}`},
		{
			"raw retrieves what is named", "raw.messaging_interactions", `{"content":["sdes","dialogs"],"skill_ids":["5"],"api_version":2}`,
			`{"time_basis":"end","status":["CLOSE"],"api_version":2,"skill_ids":["5"],"content":["dialogs","sdes"]}`,
		},
		{"own parameters stay here", "msg.messages", `{"strip_html":true,"time_basis":"full_dialog_end","status":["OPEN"]}`, `{"time_basis":"full_dialog_end","status":["OPEN"],"api_version":1,
			"content":["agentParticipants","consumerParticipants","dialogs","intents","messageRecords","messageScores","skillChanges","transfers"]}`},
		{"config", "cfg.users", `{}`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Get(c.report, "")
			require.NoError(t, err)
			got, err := json.Marshal(d.QueryParams(params(t, c.params)))
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))
		})
	}
}

func TestDocNamesEveryColumnAndParameter(t *testing.T) {
	for _, d := range Catalog() {
		doc := Doc(d)
		page := doc.Markdown()
		for _, c := range doc.Columns {
			require.Contains(t, page, "| `"+c.Name+"` | ")
			require.NotEmpty(t, c.Source, c.Name)
			for _, rule := range c.Rule {
				require.Contains(t, page, "\n| "+string(rule)+" | "+ruleDocs[rule]+" |\n")
			}
		}
		for _, p := range doc.Parameters {
			require.Contains(t, page, "| `"+p.Name+"` | ")
		}
		if d.Feed != nil {
			require.Contains(t, page, "| table | `"+d.Feed.Table+"`, exported every ")
			require.Equal(t, d.Feed.Repaired != nil, strings.Contains(page, "| row key of dedupe repaired | "))
		}
		b, err := json.Marshal(doc)
		require.NoError(t, err)
		require.Contains(t, string(b), `"parametersSchema":{"additionalProperties":false`)
	}
}
