package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
)

// The time bases of windows, with the status that the reports take by default.
var (
	byEnd   = basis{sandbox.ByEnd, "CLOSE"}
	byStart = basis{sandbox.ByStart, ""}
)

type basis struct {
	moment sandbox.Basis
	status string
}

// truth is what exists in a window, in the order of conversations' starts.
type truth []sandbox.Conversation

// conversations is one row for each conversation.
func (t truth) conversations() map[string]int {
	rows := map[string]int{}
	for _, c := range t {
		rows[c.ID] = 1
	}
	return rows
}

// messages is a row for each message, by conversation; those without any have no entry.
func (t truth) messages() map[string]int {
	rows := map[string]int{}
	for _, c := range t {
		if c.Messages > 0 {
			rows[c.ID] = c.Messages
		}
	}
	return rows
}

// world asks the sandbox what exists in a window; faults do not touch it.
func (s *stack) world(t *testing.T, b basis, w httpapi.WindowView) truth {
	t.Helper()
	res := get(t, fmt.Sprintf("%s/_admin/world/%s/conversations?basis=%s&status=%s&from=%d&to=%d",
		s.DomainURL(), platform, b.moment, b.status, w.From.UnixMilli(), w.To.UnixMilli()))
	var all truth
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, largestLine)
	for in.Scan() {
		var c sandbox.Conversation
		require.NoError(t, json.Unmarshal(in.Bytes(), &c))
		if c.ID != "" { // the last line is the sum
			all = append(all, c)
		}
	}
	require.NoError(t, in.Err())
	return all
}

// fail replaces the sandbox's faults; none switches all off.
func (s *stack) fail(t *testing.T, faults ...sandbox.Fault) {
	t.Helper()
	if faults == nil {
		faults = []sandbox.Fault{}
	}
	body, err := json.Marshal(faults)
	require.NoError(t, err)
	req, err := http.NewRequest(http.MethodPut, s.DomainURL()+"/_admin/faults", bytes.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body) // shown if the status is wrong
	require.Equal(t, http.StatusOK, res.StatusCode, string(text))
}

// hits is how many calls the faults have spoilt so far.
func (s *stack) hits(t *testing.T) int {
	t.Helper()
	var state struct {
		Faults []sandbox.FaultState `json:"faults"`
	}
	require.NoError(t, json.NewDecoder(get(t, s.DomainURL()+"/_admin/faults").Body).Decode(&state))
	n := 0
	for _, f := range state.Faults {
		n += f.Hits
	}
	return n
}

// calls is how often the source was asked for data, look-ups of hosts not counted.
func (s *stack) calls(t *testing.T) int {
	t.Helper()
	var by map[string]sandbox.Calls
	require.NoError(t, json.NewDecoder(get(t, s.DomainURL()+"/_admin/calls").Body).Decode(&by))
	n := 0
	for path, c := range by {
		if !strings.HasSuffix(path, "/baseURI.json") {
			n += c.Total
		}
	}
	return n
}
