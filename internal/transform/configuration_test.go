package transform

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// configurationLists are the resources of account configuration and their lists.
var configurationLists = map[string]string{
	"users": "users", "skills": "skills", "agent_groups": "agentGroups", "profiles": "profiles", "lobs": "lobs", "status_reasons": "status-reasons",
}

// configurationReports are those that testdata/configuration.py restates.
var configurationReports = []string{
	"cfg.user_skills", "cfg.skill_routing", "cfg.agent_groups", "cfg.profiles", "cfg.profile_permissions", "cfg.lobs", "cfg.status_reasons",
}

// requireConfiguration renders the report and compares it with its restatement.
func requireConfiguration(t *testing.T, report string, in memory) Result {
	t.Helper()
	lists := map[string][]json.RawMessage{}
	for resource := range configurationLists {
		for _, r := range in[resource] {
			lists[resource] = append(lists[resource], r.Raw)
		}
	}
	b, err := json.Marshal(lists)
	require.NoError(t, err)
	dir := t.TempDir()
	source, target := filepath.Join(dir, "lists.json"), filepath.Join(dir, "out.csv")
	require.NoError(t, os.WriteFile(source, b, 0o600))
	cmd := exec.Command(realtest.Program(t, "python3", "python3"), "testdata/configuration.py", report, source, target)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, string(msg))
	want, err := os.ReadFile(target)
	require.NoError(t, err)
	job := newJob(t, report, FormatCSV, nil)
	job.Formatting.Quotes = quotesMinimal
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	requireSameLines(t, string(want), out.bodies[0])
	return res
}

func TestConfigurationOfTheSandboxEqualsItsRestatement(t *testing.T) {
	in := memory{}.configuration(t, configurationLists)
	for _, report := range configurationReports {
		t.Run(report, func(t *testing.T) {
			res := requireConfiguration(t, report, in)
			require.Greater(t, res.Rows, int64(2), "rows to compare")
		})
	}
}

// The published samples are single entities; each becomes a list.
func TestK13ConfigurationOfThePublishedSamplesEqualsItsRestatement(t *testing.T) {
	in := memory{}
	for resource, file := range map[string]string{
		"users": "users-entity", "skills": "skills-entity", "agent_groups": "agentgroups-entity", "profiles": "profiles-entity",
		"lobs": "lobs-entity", "status_reasons": "status-reasons",
	} {
		for _, raw := range publishedRecords(t, file+".response.json", "") {
			var list []json.RawMessage
			if json.Unmarshal(raw, &list) != nil {
				list = []json.RawMessage{raw}
			}
			for _, one := range list {
				in.with(t, resource, one)
			}
		}
	}
	for _, report := range configurationReports {
		t.Run(report, func(t *testing.T) { requireConfiguration(t, report, in) })
	}
}

// A tree that bites its tail, and a group whose parent nobody knows.
func TestAgentGroupsInACircleEnd(t *testing.T) {
	in := memory{}.with(t, "users").with(t, "agent_groups",
		[]byte(`{"id":1,"name":"a","parentGroupId":3}`), []byte(`{"id":2,"name":"b","parentGroupId":1}`),
		[]byte(`{"id":3,"name":"c","parentGroupId":2}`), []byte(`{"id":4,"name":"d","parentGroupId":9}`), []byte(`{"id":5,"name":"e","parentGroupId":5}`))
	out, _ := render(t, newJob(t, "cfg.agent_groups", FormatJSONL, nil), in)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{"path": []any{"b", "c", "a"}, "depth": 2, "parent_group_name": "c"})
	requireValues(t, rows[3], map[string]any{"path": []any{"", "d"}, "depth": 1, "parent_group_name": nil})
	requireValues(t, rows[4], map[string]any{"path": []any{"e"}, "depth": 0})
}
