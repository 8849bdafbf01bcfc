package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

func transactionsPath(app string, from, to time.Time, more string) string {
	return fmt.Sprintf("%s/app/%s/transactions/?attemptedStartTime=%d&attemptedEndTime=%d%s", accountPath, app, from.UnixMilli(), to.UnixMilli(), more)
}

// transactions asks for one page with the authorization.
func transactions(t *testing.T, r *sandboxtest.Running, path, authorization string) (status int, ids []string, next string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", authorization)
	res, err := r.Client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer struct {
		Page struct {
			Count    int
			NextPage string
		}
		Transactions []struct{ TransactionID string }
		Message      string
	}
	require.NoError(t, json.Unmarshal(body, &answer), "%s", body)
	require.Equal(t, res.StatusCode == http.StatusBadRequest, answer.Message != "" && res.StatusCode != http.StatusUnauthorized)
	for _, x := range answer.Transactions {
		ids = append(ids, x.TransactionID)
	}
	require.Len(t, ids, answer.Page.Count)
	return res.StatusCode, ids, answer.Page.NextPage
}

func TestTransactionsAreStrict(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 60_000})
	session, _ := logIn(t, r, sandboxtest.AccountID, userBody)
	_, one := token(t, r, tokenOne, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	_, two := token(t, r, tokenTwo, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	now := sandboxtest.Now
	day := transactionsPath("prmsg", now.Add(-24*time.Hour), now, "")
	for name, tc := range map[string]struct {
		path, authorization string
		status              int
	}{
		"a token of version 1": {day, "Bearer " + one, 200},
		"a session":            {day, "Bearer " + session.Bearer, 200},
		"a token of version 2": {day, "Bearer " + two, 401},
		"an API key":           {day, good.header(http.MethodGet, r.URL+day), 401},
		"more than a day":      {transactionsPath("prmsg", now.Add(-24*time.Hour-time.Millisecond), now, ""), "Bearer " + one, 400},
		"an end before start":  {transactionsPath("prmsg", now, now.Add(-time.Hour), ""), "Bearer " + one, 400},
		"older than is kept":   {transactionsPath("prmsg", now.AddDate(0, -14, 0), now.AddDate(0, -14, 0).Add(time.Hour), ""), "Bearer " + one, 400},
		"an unknown app":       {transactionsPath("sms", now.Add(-time.Hour), now, ""), "Bearer " + one, 400},
		"no times":             {accountPath + "/app/c2m/transactions/", "Bearer " + one, 400},
		"a cursor of nobody":   {day + "&nextPage=%21", "Bearer " + one, 400},
	} {
		t.Run(name, func(t *testing.T) {
			status, ids, _ := transactions(t, r, tc.path, tc.authorization)
			require.Equal(t, tc.status, status)
			require.Equal(t, status == http.StatusOK, len(ids) > 0)
		})
	}
}

// The cursor leads through all that was attempted, and both apps are apart.
func TestTransactionsComePageByPage(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 400_000})
	session, _ := logIn(t, r, sandboxtest.AccountID, userBody)
	from, to := sandboxtest.Now.Add(-30*time.Hour), sandboxtest.Now.Add(-6*time.Hour)
	seen := map[string]bool{}
	for _, app := range []string{"prmsg", "c2m"} {
		list, err := r.World().Outbound(sandboxtest.AccountID, app, from.UnixMilli(), to.UnixMilli()+1)
		require.NoError(t, err)
		got, pages := 0, 0
		for next := ""; pages == 0 || next != ""; pages++ {
			more := ""
			if next != "" {
				more = "&nextPage=" + url.QueryEscape(next)
			}
			var ids []string
			_, ids, next = transactions(t, r, transactionsPath(app, from, to, more), "Bearer "+session.Bearer)
			for _, id := range ids {
				require.False(t, seen[id], id)
				seen[id] = true
			}
			got += len(ids)
		}
		require.Len(t, list, got)
		require.Greater(t, pages, 1)
		for _, x := range list {
			require.True(t, seen[x.ID])
			require.True(t, x.Read == 0 || x.Channel != "sms", "SMS knows no reading")
			require.True(t, x.Failed == 0 || x.Conversation == "", "nobody answers what did not come")
		}
	}
}
