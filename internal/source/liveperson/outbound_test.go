package liveperson

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
)

const appPrefix = "/api/account/12345678/app/"

func (c *cloud) outbound(from, to int64, params map[string]json.RawMessage) source.Query {
	return source.Query{Resource: Outbound, From: from, To: to, Now: c.now, Params: params}
}

// sentBy lists the world's messages of the apps, by the reader's ids.
func (c *cloud) sentBy(t require.TestingT, from, to int64, apps ...string) map[string]world.Outbound {
	all := map[string]world.Outbound{}
	for _, app := range apps {
		list, err := c.World().Outbound(sandboxtest.AccountID, app, from, to)
		require.NoError(t, err)
		for _, x := range list {
			all[x.ID+":"+app] = x
		}
	}
	return all
}

// Whatever the window, the transactions are those of the world, each once and with its app, and
// their conversations are those that Messaging Interactions has.
func TestOutboundOfAnyWindowEqualsTheWorld(t *testing.T) {
	c := startCloud(t, 60_000)
	made := c.client(t, with(Credentials{OAuth1: testCredentials().OAuth1, OAuth2: app()}))
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{7 * minute, hour, day, 3 * day}).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 380*day).Draw(t, "age")
		m := newMemory()
		require.NoError(t, made.Fetch(t.Context(), c.outbound(to-length, to, nil), m))
		want := c.sentBy(t, to-length, to, "prmsg", "c2m")
		byID, times := m.records()
		require.Len(t, byID, len(want))
		for id, rec := range byID {
			require.Equal(t, 1, times[id])
			x, there := want[id]
			require.True(t, there, id)
			var got struct {
				App          string `json:"_app"`
				Conversation string `json:"conversationId"`
			}
			require.NoError(t, json.Unmarshal(rec.Raw, &got))
			require.Equal(t, x.App, got.App)
			require.Equal(t, x.Attempted, rec.At)
			require.Equal(t, x.Conversation, got.Conversation)
		}
	})
}

func TestOutboundConversationsAreThoseOfMessagingInteractions(t *testing.T) {
	c := startCloud(t, 60_000)
	conversations := map[string]bool{}
	for _, id := range c.truth(t, basisStart, c.now-5*day, c.now-day) {
		conversations[id] = true
	}
	began := 0
	for _, x := range c.sentBy(t, c.now-4*day, c.now-3*day, "prmsg", "c2m") {
		if x.Conversation != "" {
			began++
			require.True(t, conversations[x.Conversation], x.Conversation)
			require.Less(t, x.Attempted, x.Created)
		}
	}
	require.Greater(t, began, 10)
}

func TestOutboundOfOneApp(t *testing.T) {
	c := startCloud(t, 60_000)
	made := c.client(t, with(Credentials{Login: userLogin()}))
	m := newMemory()
	require.NoError(t, made.Fetch(t.Context(), c.outbound(c.now-day, c.now, map[string]json.RawMessage{"apps": json.RawMessage(`["c2m"]`)}), m))
	byID, _ := m.records()
	require.NotEmpty(t, byID)
	require.Len(t, byID, len(c.sentBy(t, c.now-day, c.now, "c2m")))

	err := made.Fetch(t.Context(), c.outbound(c.now-day, c.now, map[string]json.RawMessage{"apps": json.RawMessage(`["sms"]`)}), newMemory())
	require.ErrorContains(t, err, `parameters.apps: "sms" is no app`)
	err = c.client(t).probe(t.Context(), Outbound)
	require.Equal(t, fault.InvalidSpec, fault.KindOf(err))
	require.ErrorContains(t, err, "credentials.oauth2: Outbound Reporting API: it takes an app (oauth2) or a user's login (login), and the source has an API key (oauth1)")
}

// Pages that lose rows, repeat them or count wrongly are noticed, and mended where they can be.
func TestOutboundPagesThatAreWrongAreNoticed(t *testing.T) {
	c := startCloud(t, 400_000) // a day has several pages
	made := c.client(t, with(Credentials{OAuth2: app()}))
	q := c.outbound(c.now-2*day, c.now-day, nil)
	want := c.sentBy(t, q.From, q.To, "prmsg", "c2m")
	require.Greater(t, len(want), 1000)
	for kind, fails := range map[sandbox.Kind]fault.Kind{
		sandbox.MissingRows: fault.CountMismatch, sandbox.CountMismatch: fault.CountMismatch, sandbox.DuplicateRows: "",
	} {
		t.Run(string(kind), func(t *testing.T) {
			require.NoError(t, c.SetFaults(sandbox.Fault{Kind: kind, Path: appPrefix, Forever: true}))
			m := newMemory()
			err := made.Fetch(t.Context(), q, m)
			require.Equal(t, fails, fault.KindOf(err), "%v", err)
			if fails == "" {
				byID, _ := m.records()
				require.Len(t, byID, len(want))
				require.Positive(t, m.counts().Duplicates)
				return
			}
			require.Empty(t, m.commits)
			require.NoError(t, c.SetFaults(sandbox.Fault{Kind: kind, Path: appPrefix, Times: 1}))
			require.NoError(t, made.Fetch(t.Context(), q, m))
			byID, _ := m.records()
			require.Len(t, byID, len(want))
		})
	}
}

// What the pages leave open is not guessed: paging that is another than expected is an error.
func TestOutboundAnswersThatCannotBeFollowed(t *testing.T) {
	const record = `{"transactionId":"a","attemptedTime":"2026-11-20T00:00:00.000Z"}`
	for name, tc := range map[string]struct {
		answer string
		kind   fault.Kind
		says   string
	}{
		"an offset in place of a cursor": {`{"page":{"count":1,"nextOffset":1},"transactions":[` + record + `]}`, fault.SchemaMismatch, "nextOffset 1, not by nextPage"},
		"a circle":                       {`{"page":{"count":0,"nextPage":"again"},"transactions":[]}`, fault.PartialData, "lead back"},
		"no list":                        {`{"page":{"count":0}}`, fault.Upstream, "no transactions"},
		"no id":                          {`{"page":{"count":1},"transactions":[{"attemptedTime":"2026-11-20T00:00:00Z"}]}`, fault.SchemaMismatch, "no transactionId"},
		"no time":                        {`{"page":{"count":1},"transactions":[{"transactionId":"a"}]}`, fault.SchemaMismatch, "or attemptedTime"},
		"the count is of all":            {`{"page":{"count":1},"transactions":[` + record + `]}`, "", ""},
		"older ones end with -1":         {`{"page":{"count":1,"nextOffset":-1},"transactions":[` + record + `]}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/login") {
					_ = json.NewEncoder(w).Encode(map[string]string{"csrf": "c", "bearer": "b", "sessionTTl": "1000000"})
					return
				}
				_, _ = w.Write([]byte(tc.answer))
			})
			m := newMemory()
			at := int64(1_795_132_800_000) // 2026-11-20
			err := client(t, s.Server, newFakeTime(), with(Credentials{Login: userLogin()})).
				Fetch(t.Context(), source.Query{Resource: Outbound, From: at, To: at + hour, Params: map[string]json.RawMessage{"apps": json.RawMessage(`["prmsg"]`)}}, m)
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			if tc.kind != "" {
				require.ErrorContains(t, err, tc.says)
				return
			}
			byID, _ := m.records()
			require.Equal(t, `{"transactionId":"a","attemptedTime":"2026-11-20T00:00:00.000Z","_app":"prmsg"}`, string(byID["a:prmsg"].Raw))
		})
	}
}

func TestTheReportingHostIsSentinelsNeighbour(t *testing.T) {
	require.Equal(t, "lo.cx-reporting.liveperson.net", outboundAPI.at("lo.sentinel.liveperson.net"))
	require.Equal(t, "127.0.0.1:8443", outboundAPI.at("127.0.0.1:8443"))
	require.Equal(t, "va.msghist.liveperson.net", interactionsAPI.at("va.msghist.liveperson.net"))
}
