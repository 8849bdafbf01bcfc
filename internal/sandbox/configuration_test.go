package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
)

const listsPath = "/api/account/" + sandboxtest.AccountID + "/configuration/le-users/"

const (
	agentsPath  = "/api/account/" + sandboxtest.AccountID + "/configuration/le-agents/"
	reasonsPath = agentsPath + "status-reasons"
)

func entities(t *testing.T, r *sandboxtest.Running, path string) []map[string]any {
	t.Helper()
	a := do(t, r, "GET", r.URL+path, "", good)
	require.Equal(t, 200, a.status, "%s", a.body)
	var list []map[string]any
	require.NoError(t, json.Unmarshal(a.body, &list), "a bare array")
	return list
}

func TestConfigurationRefuses(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for _, c := range []struct {
		name, method, path string
		status             int
	}{
		{"good", "GET", listsPath + "users?v=4.0", 200},
		{"newer version", "GET", listsPath + "users?v=6.0", 200},
		{"version missing", "GET", listsPath + "users", 400},
		{"bad version", "GET", listsPath + "users?v=latest", 400},
		{"version of the future", "GET", listsPath + "users?v=7.0", 400},
		{"bad flag", "GET", listsPath + "users?v=4.0&include_deleted=yes", 400},
		{"unknown list", "GET", listsPath + "robots?v=4.0", 404},
		{"unknown id", "GET", listsPath + "users/1?v=4.0", 404},
		{"reasons", "GET", reasonsPath + "?v=4.0", 200},
		{"users among agents", "GET", agentsPath + "users?v=4.0", 404},
		{"reasons among users", "GET", listsPath + "status-reasons?v=4.0", 404},
		{"write", "POST", listsPath + "users?v=4.0", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.status, do(t, r, c.method, r.URL+c.path, "", good).status)
		})
	}
}

func TestSelectAndDeleted(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 1_000_000})
	for list, want := range map[string]string{"users": "loginName", "skills": "name", "agentGroups": "name", "profiles": "name", "lobs": "name"} {
		t.Run(list, func(t *testing.T) {
			short := entities(t, r, listsPath+list+"?v=4.0")
			full := entities(t, r, listsPath+list+"?v=4.0&select=$all&include_deleted=true")
			require.NotEmpty(t, short)
			require.Contains(t, short[0], want)
			require.NotContains(t, short[0], "dateUpdated")
			require.Contains(t, full[0], "dateUpdated")
			require.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`, full[0]["dateUpdated"])
			deleted := 0
			for _, e := range full {
				if e["deleted"] == true {
					deleted++
				}
			}
			require.Len(t, full, len(short)+deleted)
			if list == "users" || list == "skills" {
				require.Positive(t, deleted)
			}
			picked := entities(t, r, listsPath+list+"?v=4.0&select=id,nothing,dateUpdated")
			require.Len(t, picked[0], 2, "unknown fields are ignored")
			one := do(t, r, "GET", r.URL+listsPath+list+"/"+fmt.Sprintf("%.0f", short[0]["id"])+"?v=4.0", "", good)
			require.Equal(t, 200, one.status)
			require.Contains(t, string(one.body), "dateUpdated")
		})
	}
	user := entities(t, r, listsPath+"users?v=4.0&select=$all")[0]
	require.Equal(t, "", user["fullName"])
	require.Equal(t, "", user["employeeId"])
}

func TestRevisions(t *testing.T) {
	clock := sandboxtest.Now
	r := sandboxtest.Start(t, sandbox.Config{Now: func() time.Time { return clock }})
	get := func(match string) answer {
		target := r.URL + listsPath + "users?v=4.0"
		req, err := http.NewRequest(http.MethodGet, target, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", good.header("GET", target))
		if match != "" {
			req.Header.Set("If-Match", match)
		}
		res, err := r.Client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		return answer{status: res.StatusCode, header: res.Header}
	}
	first := get("")
	rev := first.header.Get("ac-revision")
	require.NotEmpty(t, rev)
	require.Equal(t, rev, first.header.Get("ETag"))
	require.Equal(t, 304, get(rev).status)
	require.Equal(t, 200, get("-1").status)
	require.Equal(t, 200, get("1").status)
	clock = clock.AddDate(0, 0, 60)
	later, err := strconv.Atoi(get("").header.Get("ac-revision"))
	require.NoError(t, err)
	before, err := strconv.Atoi(rev)
	require.NoError(t, err)
	require.Greater(t, later, before, "revisions grow")
	require.Equal(t, 200, get(rev).status)
}

// TestListsKnowEverybodyInConversations: agents and skills of conversations are in the
// lists, and humans hold the skill they answer for.
func TestListsKnowEverybodyInConversations(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 300_000})
	known := map[string]bool{}
	for _, u := range entities(t, r, listsPath+"users?v=4.0&select=$all&include_deleted=true") {
		known[fmt.Sprintf("%.0f", u["id"])] = true
	}
	skills := map[int64]bool{-1: true}
	for _, s := range entities(t, r, listsPath+"skills?v=4.0&include_deleted=true") {
		skills[int64(s["id"].(float64))] = true
	}
	from := sandboxtest.Now.Add(-30 * time.Hour)
	for _, c := range search(t, r, "limit=100", startBody(from, from.Add(20*time.Hour), "")).Records {
		require.True(t, skills[c.Info.LatestSkillID])
		for _, i := range c.Interactions {
			require.True(t, known[i.AssignedAgentID], i.AssignedAgentID)
		}
	}
}

// Reasons are those that agents give in their status changes, with the attributes of the
// published sample.
func TestStatusReasons(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	all, alive := entities(t, r, reasonsPath+"?v=4.0&include_deleted=true"), entities(t, r, reasonsPath+"?v=4.0")
	require.Len(t, all, len(world.AwayReasons))
	require.Len(t, alive, len(all)-1)
	for i, reason := range all {
		require.Equal(t, world.AwayReasons[i], reason["text"])
		require.EqualValues(t, i+1, reason["id"])
		require.Equal(t, "Away", reason["state"])
		require.Equal(t, reason["enabled"], !reason["deleted"].(bool))
	}
}
