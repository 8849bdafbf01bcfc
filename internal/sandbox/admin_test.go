package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

func TestFaultsOverHTTP(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	admin := r.DomainURL + "/_admin/faults"
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"one", `{"path":"/api/","kind":"server_error","times":2}`, 200, `{"faults":[{"path":"/api/","kind":"server_error","times":2`},
		{"a list", `[{"path":"/api/","kind":"forbidden"},{"path":"/x","kind":"cut_body"}]`, 200, `"kind":"cut_body"`},
		{"wrapped", `{"faults":[{"path":"/api/","kind":"too_many_requests","retryAfter":0,"forever":true}]}`, 200, `"retryAfter":0`},
		{"none", `{"faults":[]}`, 200, `{"faults":[]}`},
		{"unknown kind", `{"path":"/api/","kind":"earthquake"}`, 400, "faults[0].kind"},
		{"no path", `{"kind":"server_error"}`, 400, "faults[0].path"},
		{"unknown field", `{"path":"/","kind":"server_error","probability":0.5}`, 400, "probability"},
		{"forever and times", `{"path":"/","kind":"server_error","forever":true,"times":1}`, 400, "forever"},
		{"negative", `{"path":"/","kind":"server_error","after":-1}`, 400, "negative"},
		{"no JSON", `on`, 400, "body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "PUT", admin, c.body, signer{})
			require.Equal(t, c.status, a.status, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
		})
	}
	do(t, r, "PUT", admin, `{"path":"/api/account/12345678/conf","kind":"server_error"}`, signer{})
	require.Equal(t, 500, do(t, r, "GET", r.URL+usersPath+"?v=4.0", "", good).status)
	require.Contains(t, string(do(t, r, "GET", admin, "", signer{}).body), `"calls":1,"hits":1`)
	require.Equal(t, 204, do(t, r, "DELETE", admin, "", signer{}).status)
	require.Empty(t, r.Faults())
}

func TestCallsAreCounted(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for range 3 {
		do(t, r, "GET", r.URL+usersPath+"?v=4.0", "", good)
	}
	do(t, r, "GET", r.URL+usersPath, "", good)
	var got map[string]sandbox.Calls
	require.NoError(t, json.Unmarshal(do(t, r, "GET", r.DomainURL+"/_admin/calls", "", signer{}).body, &got))
	require.Len(t, got, 1)
	c := got["GET "+usersPath]
	require.Equal(t, 4, c.Total)
	require.Equal(t, map[int]int{200: 3, 400: 1}, c.ByStatus)
	require.Positive(t, c.Bytes)
	require.NoError(t, json.Unmarshal(do(t, r, "GET", r.DomainURL+"/_admin/accounts", "", signer{}).body, &got))
	require.Contains(t, got, "12345678")
	require.Equal(t, 204, do(t, r, "DELETE", r.DomainURL+"/_admin/calls", "", signer{}).status)
	require.Empty(t, r.Calls())
}

func TestTheWorldOverHTTP(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	from := sandboxtest.Now.Add(-100 * time.Hour)
	base := fmt.Sprintf("%s/_admin/world/%s/conversations?from=%d&to=%d", r.DomainURL, sandboxtest.AccountID, ms(from), ms(from.Add(24*time.Hour)))
	for _, basis := range []sandbox.Basis{sandbox.ByStart, sandbox.ByEnd, sandbox.ByFullDialogEnd} {
		t.Run(string(basis), func(t *testing.T) {
			n, messages, err := r.World().Totals(sandboxtest.AccountID, sandbox.Window{Basis: basis, From: ms(from), To: ms(from.Add(24 * time.Hour)), Status: "CLOSE"})
			require.NoError(t, err)
			require.Positive(t, n)
			a := do(t, r, "GET", base+"&status=CLOSE&basis="+string(basis), "", signer{})
			lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
			total := fmt.Sprintf(`{"count":%d,"messages":%d}`, n, messages)
			require.Len(t, lines, n+1)
			require.Equal(t, total, lines[n])
			var sum int
			for _, l := range lines[:n] {
				var c sandbox.Conversation
				require.NoError(t, json.Unmarshal([]byte(l), &c))
				require.Equal(t, "CLOSE", c.Status)
				sum += c.Messages
			}
			require.Equal(t, messages, sum)
			short := do(t, r, "GET", base+"&status=CLOSE&ids=false&basis="+string(basis), "", signer{})
			require.Equal(t, total, strings.TrimSpace(string(short.body)))
		})
	}
	for _, bad := range []string{"&basis=middle", "&basis=start&status=CLOSED"} {
		require.Equal(t, 400, do(t, r, "GET", base+bad, "", signer{}).status)
	}
	require.Equal(t, 400, do(t, r, "GET", r.DomainURL+"/_admin/world/nobody/conversations?from=0&to=1&basis=start", "", signer{}).status)
	require.Equal(t, 400, do(t, r, "GET", r.DomainURL+"/_admin/world/12345678/conversations?basis=start", "", signer{}).status)
}

// TestMessagesOfTheWorldAreThoseOfTheAnswers compares counts that two code paths make.
func TestMessagesOfTheWorldAreThoseOfTheAnswers(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 100_000})
	from := time.UnixMilli(down(ms(sandboxtest.Now.Add(-20 * time.Hour))))
	to := from.Add(20 * time.Hour)
	all, err := r.World().Conversations(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: ms(from), To: ms(to)})
	require.NoError(t, err)
	want := map[string]int{}
	for c := range all {
		want[c.ID] = c.Messages
	}
	checked := 0
	for offset := 0; ; offset += 100 {
		res := search(t, r, fmt.Sprintf("limit=100&sort=start:asc&offset=%d", offset), startBody(from, to, `,"contentToRetrieve":["messageRecords"]`))
		for _, c := range res.Records {
			if n, ok := want[c.Info.ConversationID]; ok && !c.Info.IsPartial {
				require.Len(t, c.MessageRecords, n)
				checked++
			}
		}
		if res.Metadata.Next == nil {
			break
		}
	}
	require.Greater(t, checked, len(want)*9/10)
}

// TestWorldIsToldAsItWasKnown asks for an hour of the past as a search right after it knew
// it: surveys have come since.
func TestWorldIsToldAsItWasKnown(t *testing.T) {
	clock := sandboxtest.Now
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 400_000, Now: func() time.Time { return clock }})
	ask := func(known int64) (conversations, messages int) {
		win := sandbox.Window{Basis: sandbox.ByEnd, From: ms(sandboxtest.Now.Add(-time.Hour)), To: ms(sandboxtest.Now), Status: "CLOSE", Known: known}
		conversations, messages, err := r.World().Totals(sandboxtest.AccountID, win)
		require.NoError(t, err)
		return conversations, messages
	}
	conversations, messages := ask(0)
	require.Positive(t, conversations)
	clock = clock.Add(2 * time.Hour)
	_, later := ask(0)
	require.Greater(t, later, messages, "surveys go on")
	c, m := ask(ms(sandboxtest.Now))
	require.Equal(t, []int{conversations, messages}, []int{c, m})
}
