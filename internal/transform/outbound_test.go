package transform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

// transactionsOf returns what the look-alike says of a day of an app's messages, in the form in
// which the source stages it.
func transactionsOf(t *testing.T, r *sandboxtest.Running, app string) (records [][]byte) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {sandboxtest.App.ID}, "client_secret": {sandboxtest.App.Secret}}
	res, err := r.Client.PostForm(r.URL+"/sentinel/api/account/"+sandboxtest.AccountID+"/app/token?v=1.0", form)
	require.NoError(t, err)
	defer res.Body.Close()
	var token struct {
		Text string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&token))

	to := sandboxtest.Now.UnixMilli()
	link := fmt.Sprintf("%s/api/account/%s/app/%s/transactions/?attemptedStartTime=%d&attemptedEndTime=%d",
		r.URL, sandboxtest.AccountID, app, to-24*time.Hour.Milliseconds(), to)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token.Text)
	res, err = r.Client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	var answer struct {
		Page struct {
			NextPage any `json:"nextPage"`
		} `json:"page"`
		Transactions []json.RawMessage `json:"transactions"`
	}
	require.NoError(t, json.Unmarshal(body, &answer))
	require.Nil(t, answer.Page.NextPage, "all on one page")
	for _, raw := range answer.Transactions {
		records = append(records, append(bytes.TrimSuffix(raw, []byte("}")), `,"_app":"`+app+`"}`...))
	}
	return records
}

// handmadeTransactions are in the form of the published sample, and what it does not have.
var handmadeTransactions = [][]byte{
	[]byte(`{"channel":"sms","skill":"billing","transactionId":"b","attemptedTime":"2021-02-17T22:57:13.214Z","cancelledTime":null,"conversationId":null,` +
		`"conversationsClosedTime":null,"conversationsCreatedTime":null,"consumerId":null,"deliveredTime":"2021-02-17T23:00:18.533Z","eligibleTime":null,` +
		`"errorCode":null,"errorMessage":null,"errorSource":null,"failedTime":null,"inviteTime":"2021-02-17T22:57:13.480Z","optInsTime":null,"optOutsTime":null,` +
		`"proactiveCampaignId":"campaign125","readTime":null,"sentTime":"2021-02-17T22:57:13.586Z","initialSkill":"outbound","initialChannel":"sms","handOffId":"H000000000000000","skippedTime":null}`),
	[]byte(`{"channel":"inapp","skill":"sales, \"north\"","transactionId":"a","attemptedTime":"2021-02-17T23:57:13.214+01:00","errorCode":"400","errorMessage":"Message failed to send",` +
		`"errorSource":"prmsg","failedTime":"2021-02-17T22:55:14.543Z","optOutsTime":"2021-02-18T00:00:00Z","cancelledTime":"2021-02-17T23:00:00.1Z","unknown":[1.50,{"x":null}]}`),
	[]byte(`{"transactionId":"c","attemptedTime":"2021-02-17T20:00:00Z","status":"RESPONDED","consumerId":"NA","conversationId":"undefined","ivrNumber":"","csat":0,"_app":"c2m"}`),
}

func outboundRecords(t *testing.T, raws [][]byte) memory {
	t.Helper()
	in := memory{}
	for _, raw := range raws {
		var x struct {
			TransactionID string    `json:"transactionId"`
			Attempted     time.Time `json:"attemptedTime"`
			App           string    `json:"_app"`
		}
		require.NoError(t, json.Unmarshal(raw, &x))
		in["outbound"] = append(in["outbound"], source.Record{Order: x.Attempted.UnixMilli(), ID: x.TransactionID + ":" + x.App, Raw: raw})
	}
	slices.SortFunc(in["outbound"], func(a, b source.Record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return in
}

func TestTransactionsEqualTheirRestatement(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 7, Conversations: 60_000})
	served := append(transactionsOf(t, r, "prmsg"), transactionsOf(t, r, "c2m")...)
	require.Greater(t, len(served), 200)
	for name, records := range map[string][][]byte{"sandbox": served, "handmade": handmadeTransactions} {
		t.Run(name, func(t *testing.T) {
			in := outboundRecords(t, records)
			out, res := render(t, newJob(t, "out.transactions", FormatCSV, nil), in)
			require.Empty(t, res.Quarantined)
			require.EqualValues(t, len(records), res.Rows)
			requireSameLines(t, restated(t, "outbound.py", records, nil), out.bodies[0])

			raw, res := render(t, newJob(t, "raw.outbound", FormatJSONL, nil), in)
			require.EqualValues(t, len(records), res.Rows)
			for i, line := range strings.Split(strings.TrimSuffix(raw.bodies[0], "\n"), "\n") {
				require.Equal(t, string(in["outbound"][i].Raw), line, "as it came, in the order of attempts")
			}
		})
	}
}
