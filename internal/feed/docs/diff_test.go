package docs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed/docs"
)

const before = `
schemas:
- name: exports
  tables:
  - name: convos_metrics
    version: "1"
    description: one row an issue
    primary_key: issue_id, company_id
    ordering_key: first_utterance_ts
    sync_time: 1h
    modified_date: 2024-05-24
    columns:
    - {name: issue_id, type: bigint, description: key}
    - {name: platform, type: varchar(191), description: web or app, updated_date: "2024-01-01 00:00:00"}
    - {name: hold_ct, type: integer}
    - {name: note, type: ""}
` + reps

const reps = `  - name: reps
    version: "1"
    sync_time: 1d
    columns: [{name: rep_id, type: bigint}]
`

// TestChangeClasses has one case for each row of the table of change classes, and for what §15 of the
// reference adds to them.
func TestChangeClasses(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string // replaced in the document
		class    docs.Class
		line     string
		holds    bool
	}{
		"column added": {
			"    - {name: note", "    - {name: hold_reason, type: varchar(64)}\n    - {name: note", docs.Additive,
			"convos_metrics.hold_reason: new column varchar(64) (additive: the column is taken along, empty in earlier rows)", false,
		},
		"deleted_date set": {
			"type: integer}", `type: integer, deleted_date: "2026-11-20 00:00:00"}`, docs.Retirement,
			"convos_metrics.hold_ct: deleted_date none → 2026-11-20 00:00:00 (retirement: kept as it is; stop relying on it)", false,
		},
		"column no longer described": {
			"    - {name: hold_ct, type: integer}\n", "", docs.Retirement,
			"convos_metrics.hold_ct: column no longer described (retirement: kept as it is; stop relying on it)", false,
		},
		"deprecation set": {
			"    sync_time: 1h\n", "    sync_time: 1h\n    deprecation_date: 2027-01-01\n", docs.Retirement,
			"convos_metrics: end of life none → deprecated 2027-01-01 (retirement: kept as it is; stop relying on it)", false,
		},
		"wider text": {
			"varchar(191)", "character varying(65535)", docs.Widening,
			"convos_metrics.platform: type varchar(191) → character varying(65535) (widening: taken as it is)", false,
		},
		"int → decimal": {
			"type: integer}", `type: "numeric(38,5)"}`, docs.Widening,
			"convos_metrics.hold_ct: type integer → numeric(38,5) (widening: taken as it is)", false,
		},
		"narrower": {
			"varchar(191)", "varchar(3)", docs.Breaking,
			"convos_metrics.platform: type varchar(191) → varchar(3) (breaking: the feed is held until an operator releases this change)", true,
		},
		"other kind": {
			"type: integer}", "type: boolean}", docs.Breaking,
			"convos_metrics.hold_ct: type integer → boolean (breaking: the feed is held until an operator releases this change)", true,
		},
		"primary_key changed": {
			"issue_id, company_id", "issue_id, company_name", docs.Breaking,
			"convos_metrics: primary_key issue_id, company_id → issue_id, company_name (breaking: the feed is held until an operator releases this change; from then on it tells rows apart, and tables are made anew by it)", true,
		},
		"ordering_key changed": {
			"ordering_key: first_utterance_ts", "ordering_key:", docs.Breaking,
			"convos_metrics: ordering_key first_utterance_ts → none (breaking: the feed is held until an operator releases this change; from then on it ranks rows of one key, and tables are made anew by it)", true,
		},
		"sync_time changed": {
			"sync_time: 1h", "sync_time: 1d", docs.Cadence,
			"convos_metrics: sync_time 1h → 1d (cadence: when a leaf is late follows it)", false,
		},
		"table added": {
			"  - name: reps", "  - name: intents\n    columns: []\n  - name: reps", docs.Catalogue,
			"intents: new table (catalogue: nothing happens by itself: a task for it is made or deleted by people)", false,
		},
		"table removed": {
			reps, "", docs.Catalogue,
			"reps: table no longer described (catalogue: nothing happens by itself: a task for it is made or deleted by people)", false,
		},
		"new version= described beside the other": {
			"  - name: reps", "  - name: convos_metrics\n    version: \"2\"\n    columns: []\n  - name: reps", docs.Breaking,
			"convos_metrics version 2: there is version 2 (breaking: it is read when a task asks for that version; the other goes on as long as it is exported)", false,
		},
		"described in other words": {
			"description: key", "description: key of another thing", docs.Meaning,
			"convos_metrics.issue_id: described in other words (meaning: look whether it still means the same)", false,
		},
		"updated_date alone": {
			"2024-01-01 00:00:00", "2026-11-20 00:00:00", docs.Meaning,
			"convos_metrics.platform: described in other words (meaning: look whether it still means the same)", false,
		},
		"modified_date alone": {
			"2024-05-24", "2026-11-20", docs.Meaning,
			"convos_metrics: described in other words (meaning: look whether it still means the same)", false,
		},
		"type filled in": {
			`name: note, type: ""`, "name: note, type: text", docs.Meaning,
			"convos_metrics.note: type none → text (meaning: look whether it still means the same)", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			was, _ := parse(t, before)
			require.Contains(t, before, c.from)
			is, _ := parse(t, strings.Replace(before, c.from, c.to, 1))
			changes := docs.Diff(was, is)
			require.Equal(t, []string{c.line}, docs.Lines(changes))
			require.Equal(t, c.class, changes[0].Class)
			require.Equal(t, c.holds, changes[0].Holds())

			text, err := json.Marshal(changes[0])
			require.NoError(t, err)
			require.Contains(t, string(text), `"class":"`+string(c.class)+`"`)
		})
	}
}

func TestNoChange(t *testing.T) {
	was, _ := parse(t, before)
	for name, replaced := range map[string][2]string{
		"the same":                  {"", ""},
		"another spelling":          {"varchar(191)", "Character  Varying(191)"},
		"keys in another order":     {"issue_id, company_id", "company_id , issue_id"},
		"columns in another order":  {"    - {name: hold_ct, type: integer}\n    - {name: note, type: \"\"}", "    - {name: note, type: \"\"}\n    - {name: hold_ct, type: integer}"},
		"something we do not know":  {"  - name: reps", "  - name: reps\n    future: {a: 1}"},
		"a version that is written": {"    version: \"1\"\n    sync_time: 1d", "    sync_time: 1d"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, before, replaced[0])
			is, _ := parse(t, strings.Replace(before, replaced[0], replaced[1], 1))
			require.Empty(t, docs.Diff(was, is))
		})
	}
}

func TestDataAgainstDocs(t *testing.T) {
	d, _ := parse(t, before)
	t.Run("column in data, not in docs; column in docs, not in data", func(t *testing.T) {
		require.Equal(t, []string{
			"convos_metrics.desk_mode: is in the data and not described (drift: kept in the report's column of that name, otherwise in the column extra)",
			"convos_metrics.hold_ct: is described and not in the data (normal: the column is empty)",
			"convos_metrics.note: is described and not in the data (normal: the column is empty)",
		}, docs.Lines(d.Tables[0].Data([]string{"platform", "issue_id", "desk_mode"})))
	})
	t.Run("many columns that the data lack hide nothing else", func(t *testing.T) {
		require.Equal(t, []string{
			"convos_metrics.desk_mode: is in the data and not described (drift: kept in the report's column of that name, otherwise in the column extra)",
			"convos_metrics: 4 columns are described and not in the data (normal: they are empty): issue_id, platform, hold_ct, note",
		}, docs.Lines(d.Tables[0].Data([]string{"desk_mode"})))
	})
	t.Run("the same columns", func(t *testing.T) {
		require.Empty(t, d.Tables[0].Data([]string{"platform", "issue_id", "hold_ct", "note"}))
	})
}

func TestBreakingLinesComeFirst(t *testing.T) {
	was, _ := parse(t, before)
	is, _ := parse(t, strings.NewReplacer("sync_time: 1h", "sync_time: 1d", "type: integer", "type: text").Replace(before))
	lines := docs.Lines(docs.Diff(was, is))
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "breaking")
}
