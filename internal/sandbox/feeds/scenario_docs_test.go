package feeds_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/feeds"
)

// described is what a test looks at in export_docs.yaml.
type described struct {
	Schemas []struct {
		Tables []struct {
			Name       string
			PrimaryKey string `yaml:"primary_key"`
			Columns    []struct {
				Name, Type  string
				DeletedDate string `yaml:"deleted_date"`
			}
		}
	}
}

// docs reads the description of a day as {"table": primary key, "table.column": type deleted date}.
func docs(p *played, day string) map[string]string {
	p.t.Helper()
	require.Contains(p.t, p.names(), "export_docs/version=1/format=yaml/dt="+day+"/_SUCCESS")
	var d described
	text := strings.Join(p.lines("export_docs/version=1/format=yaml/dt="+day+"/export_docs.yaml"), "\n")
	require.NoError(p.t, yaml.Unmarshal([]byte(text), &d))
	said := map[string]string{}
	for _, t := range d.Schemas[0].Tables {
		said[t.Name] = t.PrimaryKey
		for _, c := range t.Columns {
			said[t.Name+"."+c.Name] = strings.TrimSpace(c.Type + " " + c.DeletedDate)
		}
	}
	return said
}

// differ returns the names that two descriptions say different things of.
func differ(before, after map[string]string) (names []string) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for name := range all {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// schemas checks what each scenario of descriptions says.
var schemas = map[string]func(*testing.T, *played){
	"export_docs.yaml": func(t *testing.T, p *played) {
		p.all()
		four, three, two, one := docs(p, "2026-11-16"), docs(p, "2026-11-17"), docs(p, "2026-11-18"), docs(p, "2026-11-19")
		require.Equal(t, []string{"convos_metadata.language_code"}, differ(four, three))
		require.Equal(t, []string{"convos_metrics.hold_ct"}, differ(three, two))
		require.Equal(t, "bigint 2026-11-18 00:00:00", two["convos_metrics.hold_ct"])
		require.Equal(t, []string{"issue_queues", "rep_convos.handle_time_seconds"}, differ(two, one))
		require.Equal(t, "issue_id, queue_id", one["issue_queues"])
	},
	"broken docs": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, docs(p, "2026-11-17"), docs(p, "2026-11-20"))
		require.NotContains(t, p.names(), "export_docs/version=1/format=yaml/dt=2026-11-19/_SUCCESS")
		var d described
		text := strings.Join(p.lines("export_docs/version=1/format=yaml/dt=2026-11-18/export_docs.yaml"), "\n")
		require.Error(t, yaml.Unmarshal([]byte(text), &d))
	},
	"primary key changes": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, []string{"issue_queues"}, differ(docs(p, "2026-11-17"), docs(p, "2026-11-18")))
		require.Equal(t, []string{"issue_queues"}, differ(docs(p, "2026-11-18"), docs(p, "2026-11-19")))
		rows := func(key ...string) int {
			rows, err := p.Truth(feeds.Question{Table: "issue_queues", Key: key})
			require.NoError(t, err)
			return len(rows)
		}
		require.Equal(t, 7, rows(), "as the page says")
		require.Equal(t, 4, rows("issue_id", "queue_id"))
		require.Equal(t, 9, rows("issue_id", "queue_id", "enter_queue_ts", "rep_id"))
	},
	"ordering key changes": func(t *testing.T, p *played) {
		p.all()
		for day, times := range map[string]int{"2026-11-17": 0, "2026-11-18": 1, "2026-11-19": 0} {
			text := strings.Join(p.lines("export_docs/version=1/format=yaml/dt="+day+"/export_docs.yaml"), "\n")
			require.Equal(t, times, strings.Count(text, "ordering_key: conversation_end_ts"), day)
		}
		lines := func(order ...string) (lines []int) {
			rows, err := p.Truth(feeds.Question{Table: "convos_metadata", Order: order})
			require.NoError(t, err)
			for _, r := range rows {
				lines = append(lines, r.Line)
			}
			return lines
		}
		require.Equal(t, []int{1, 3, 1, 2, 2}, lines(), "as the page says")
		require.Equal(t, []int{2, 4, 5, 1, 2}, lines("conversation_end_ts"))
	},
	"new column at 14:00": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, []string{"convos_metadata.language_code"}, differ(docs(p, "2026-11-19"), docs(p, "2026-11-20")))
		truth := p.truth("convos_metadata")
		require.Nil(t, member(t, truth["1"].Row, "language_code"), "hours before lack it")
		require.Equal(t, "English", member(t, truth["2"].Row, "language_code"))
		require.Equal(t, "Spanish", member(t, truth["3"].Row, "language_code"))
	},
}
