package docs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed/docs"
)

// written is a document in the shape of the published JSON, as YAML.
const written = `
generated: 2026-11-20
schemas:
- name: exports
  source_type: exports
  tables:
  - name: convos_metrics
    schema: metrics
    version: "1"
    primary_key: "primary-key: issue_id, company_marker"
    ordering_key:
    sync_time: 1h
    modified_date: 2024-05-24
    deprecation_date: null
    change_log: []
    metadata: {}
    columns:
    - {name: issue_id, type: bigint, description: key, pii: "", created_date: 2018-11-06 00:00:00, deleted_date: ""}
    - {name: platform, type: varchar(191), description: first}
    - {name: platform, type: VARCHAR(255), description: later}
  - name: reps
    primary_key: [rep_id]
    sync_time: 1d
    columns: [{name: rep_id, type: "character varying(191)"}]
`

func parse(t *testing.T, text string) (docs.Document, []string) {
	t.Helper()
	d, warnings, err := docs.Parse([]byte(text))
	require.NoError(t, err)
	return d, warnings
}

func TestParse(t *testing.T) {
	d, warnings := parse(t, written)
	require.Len(t, d.Tables, 2)
	m := d.Tables[0]
	require.Equal(t, "convos_metrics", m.Name)
	require.Equal(t, docs.Names{"issue_id", "company_marker"}, m.PrimaryKey)
	require.Equal(t, "1h", m.SyncTime)
	require.Equal(t, "2024-05-24", m.Modified, "dates stay as they were written")
	require.Equal(t, "1", d.Tables[1].Version, "a table without a version has the usual one")

	t.Run("a duplicate column name keeps the later entry and warns", func(t *testing.T) {
		require.Len(t, m.Columns, 2)
		require.Equal(t, "later", m.Columns[1].Description)
		require.Equal(t, []string{"convos_metrics.platform is described twice: the later entry counts"}, warnings)
	})
	t.Run("JSON is read as YAML is", func(t *testing.T) {
		twin, _ := parse(t, `{"schemas":[{"name":"exports","tables":[{"name":"reps","primary_key":"rep_id","columns":[{"name":"rep_id","type":"varchar(191)"}]}]}]}`)
		require.Equal(t, "rep_id", twin.Tables[0].PrimaryKey.String())
	})
}

func TestUnreadableDocuments(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), i-1)
	}
	for name, c := range map[string]struct{ text, says string }{
		"empty":             {"", "describes no table"},
		"no tables":         {"schemas: [{name: exports, tables: []}]", "describes no table"},
		"another thing":     {"hello", "cannot unmarshal"},
		"cut off":           {written[:300] + "\n  {", "line"},
		"columns no list":   {"schemas: [{tables: [{name: a, columns: 5}]}]", "cannot unmarshal"},
		"nameless table":    {"schemas: [{tables: [{columns: []}]}]", "schemas[0].tables[0] has no name"},
		"nameless column":   {"schemas: [{tables: [{name: a, columns: [{type: int}]}]}]", "column 1 of table a has no name"},
		"deeply nested":     {strings.Repeat("[", 1<<20), "max depth"},
		"an alias bomb":     {laughs.String() + "schemas: [{tables: [{name: a, columns: *a11}]}]", "cannot unmarshal"},
		"longer than 16 MB": {strings.Repeat("# comment\n", 1<<21), "longer than 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, _, err := docs.Parse([]byte(c.text))
			require.True(t, fault.Is(err, fault.SchemaMismatch), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "stays in force")
			require.Less(t, time.Since(began), 5*time.Second)
		})
	}
}

// TestPublishedSchemas reads a document made of the published tables, when they lie beside the project.
func TestPublishedSchemas(t *testing.T) {
	text, err := os.ReadFile("../../../../shared/samples/asapp/schemas.json")
	if err != nil {
		t.Skip("the published tables are not here")
	}
	var tables map[string]struct {
		Version string   `json:"version"`
		Sync    *string  `json:"sync_time"`
		Key     []string `json:"unique_condition"`
		Fields  []struct {
			Name string  `json:"name"`
			Type *string `json:"published_type"`
		} `json:"fields"`
	}
	require.NoError(t, json.Unmarshal(text, &tables))
	var list []map[string]any
	spellings := map[string]bool{}
	for name, table := range tables {
		var columns []map[string]any
		for _, f := range table.Fields {
			columns = append(columns, map[string]any{"name": f.Name, "type": f.Type})
			if f.Type != nil {
				spellings[*f.Type] = true
			}
		}
		list = append(list, map[string]any{"name": name, "version": table.Version, "sync_time": table.Sync, "primary_key": table.Key, "columns": columns})
	}
	whole, err := json.Marshal(map[string]any{"schemas": []any{map[string]any{"tables": list}}})
	require.NoError(t, err)
	d, warnings := parse(t, string(whole))
	require.Len(t, d.Tables, 48)
	require.Empty(t, warnings)
	require.Empty(t, docs.Diff(d, d))
	known := map[string]bool{"text": true, "integer": true, "decimal": true, "float": true, "timestamp": true, "boolean": true}
	for spelling := range spellings {
		require.True(t, known[docs.KindOf(spelling).Family], "%q is %+v", spelling, docs.KindOf(spelling))
	}
}
