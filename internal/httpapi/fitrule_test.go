package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/task"
)

// keptDays is how long the workers keep files, by the API's configuration.
const keptDays = 14

// What a destination is known not to take is refused when the task or the destination is saved,
// not by a run at night.
func testFits(t *testing.T, s *stack, f furnished) {
	t.Run("keys", func(t *testing.T) { testLongKeys(t, s, f) })
	t.Run("checks", func(t *testing.T) { testOffers(t, s, f) })
	t.Run("windows", func(t *testing.T) { testHeldWindows(t, s, f) })
}

// Agents and skills are counted in memory, so their windows are of days: those of a task and
// those of one run.
func testHeldWindows(t *testing.T, s *stack, f furnished) {
	now := time.Now().UTC().Truncate(24 * time.Hour)
	once := map[string]any{"kind": "once"}
	refused := func(report string, days int) {
		body := f.taskBody(t, map[string]any{"report": report, "frequency": once, "start": now.AddDate(0, 0, -days), "end": now})
		requireRefused(t, s.call(t, "POST", f.at+"/tasks", body), "body.end", "too long for "+report, "daily")
	}
	for _, report := range []string{"wfm.agent_interval", "wfm.agent_skill_interval"} {
		refused(report, 2)
	}
	refused("agent.daily", 8)
	refused("wfm.skill_interval", 32)
	weekly := map[string]any{"kind": "weekly", "at": "00:00", "weekday": "monday"}
	requireRefused(t, s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"report": "wfm.agent_interval", "frequency": weekly})), "body.frequency.kind", "7d")

	id := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"report": "wfm.agent_interval", "zone": "UTC"}))
	asked := fmt.Sprintf(`{"window":{"from":"%s","to":"%s"}}`, now.AddDate(0, 0, -2).Format(time.RFC3339), now.Add(-time.Hour).Format(time.RFC3339))
	requireRefused(t, s.call(t, "POST", f.at+"/tasks/"+id+"/run", asked), "body.window.to", "a period of 1d23h is too long for wfm.agent_interval", "shorter periods")
	require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", f.at+"/tasks/"+id, "").status)
}

// A key has 1024 bytes, of which a temporary one takes 23: name, path and prefix share the rest.
func testLongKeys(t *testing.T, s *stack, f furnished) {
	folder := strings.Repeat("p", 99) + "/"
	for _, kind := range []string{"s3", "gcs"} {
		bucket := func(folders int) string {
			text, err := json.Marshal(map[string]any{"kind": kind, "description": "Lake", "bucket": "lake", "prefix": strings.TrimSuffix(strings.Repeat(folder, folders), "/")})
			require.NoError(t, err)
			return string(text)
		}
		at := f.at + "/destinations"
		id := s.make(t, at, bucket(5))
		leg := func(path string) string {
			return f.taskBody(t, map[string]any{"destinations": []task.Leg{{Destination: id, Path: path, Encryption: task.Encryption{Mode: task.EncryptNone}}}})
		}
		long := strings.TrimSuffix(strings.Repeat(folder, 5), "/")
		requireRefused(t, s.call(t, "POST", f.at+"/tasks", leg(long)), "body.destinations[0].fileName", "the key of its object would have", "at most 1001 bytes")
		made := s.make(t, f.at+"/tasks", leg(strings.TrimSuffix(strings.Repeat(folder, 4), "/")))

		path := f.at + "/tasks/" + made
		require.Equal(t, http.StatusOK, s.call(t, "PUT", at+"/"+id, bucket(4)).status)
		require.Equal(t, http.StatusOK, s.call(t, "PUT", path, leg(long)).status)
		requireRefused(t, s.call(t, "PUT", at+"/"+id, bucket(5)), "body.prefix", "files of task "+made, "shorten it")
		require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", path, "").status)
		require.Equal(t, http.StatusOK, s.call(t, "PUT", at+"/"+id, bucket(5)).status)
	}
}

// A level beyond what the last test found is refused, unless the destination may fall back, was
// changed since, or has not been tested.
func testOffers(t *testing.T, s *stack, f furnished) {
	at := f.at + "/destinations"
	place := func(more string) string {
		return `{"kind":"s3","description":"Lake","bucket":"lake"` + more + `}`
	}
	id := s.make(t, at, place(""))
	asks := func(level int) answer {
		return s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"destinations": []task.Leg{
			{Destination: id, Verify: &level, Encryption: task.Encryption{Mode: task.EncryptNone}},
		}}))
	}
	accepted := func(level int) {
		a := asks(level)
		require.Equal(t, http.StatusCreated, a.status, string(a.body))
		var made struct{ ID string }
		a.into(t, &made)
		require.Equal(t, http.StatusNoContent, s.call(t, "DELETE", f.at+"/tasks/"+made.ID, "").status)
	}
	offer := func(version, level int) {
		s.offers.Store(id, contract.ProbeOut{OK: true, Version: version, Can: &account.Can{Verify: level}})
		require.Equal(t, http.StatusOK, s.call(t, "POST", at+"/"+id+"/test", "").status)
	}
	accepted(3)
	for _, level := range []int{1, 2} {
		offer(1, level)
		accepted(level)
		requireRefused(t, asks(level+1), "body.destinations[0].verify", fmt.Sprintf("offers level %d at most", level), "best-effort")
	}
	require.Equal(t, http.StatusOK, s.call(t, "PUT", at+"/"+id, place(`,"prefix":"other"`)).status)
	accepted(3)
	require.Equal(t, http.StatusOK, s.call(t, "PUT", at+"/"+id, place(`,"verify":"best-effort"`)).status)
	offer(3, 2)
	accepted(3)
}
