package liveperson

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

const (
	loginCalls   = "/login"
	refreshCalls = "/refresh"
	tokenCalls   = "/app/token"
)

func userLogin() *Login {
	return &Login{Username: seal.Secret(sandboxtest.User.Name), Password: seal.Secret(sandboxtest.User.Password)}
}

func apiUserLogin() *Login {
	k := testSigner()
	return &Login{
		Username: seal.Secret(sandboxtest.APIUser.Name),
		AppKey:   k.ConsumerKey, Secret: k.ConsumerSecret, AccessToken: k.Token, AccessTokenSecret: k.TokenSecret,
	}
}

func app() *App {
	return &App{ClientID: seal.Secret(sandboxtest.App.ID), ClientSecret: seal.Secret(sandboxtest.App.Secret)}
}

func with(c Credentials) func(*Config) { return func(config *Config) { config.Credentials = c } }

func (c *cloud) users(t require.TestingT, made *Client) error {
	m := newMemory()
	err := made.Fetch(context.Background(), source.Query{Resource: "users", Now: c.now}, m)
	if err == nil {
		byID, _ := m.records()
		require.NotEmpty(t, byID)
	}
	return err
}

func TestResourcesTakeWhatTheTableSays(t *testing.T) {
	for name, r := range resources {
		require.Equal(t, access.Takes(name), r.api.kinds(), name)
	}
}

// Whatever a source logs in with, it reads the same records.
func TestEveryWayReadsTheSame(t *testing.T) {
	c := startCloud(t, 40_000)
	q := c.query(basisStart, c.now-day, c.now)
	for name, credentials := range map[string]Credentials{
		"API key": testCredentials(), "user": {Login: userLogin()}, "API user": {Login: apiUserLogin()},
		"app and user": {Login: userLogin(), OAuth2: app()},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			require.NoError(t, c.client(t, with(credentials)).Fetch(t.Context(), q, m))
			requireIDs(t, c.truth(t, basisStart, q.From, q.To), m)
			require.NoError(t, c.users(t, c.client(t, with(credentials))))
		})
	}
	require.NoError(t, c.users(t, c.client(t, with(Credentials{OAuth2: app()}))))
}

func TestAnAPIKeyIsPreferred(t *testing.T) {
	c := startCloud(t, 1000)
	all := Credentials{OAuth1: testCredentials().OAuth1, Login: userLogin(), OAuth2: app()}
	require.NoError(t, c.users(t, c.client(t, with(all))))
	require.Zero(t, c.calls(loginCalls)+c.calls(tokenCalls))
}

// Clients of one process log in once, however many ask at once; other credentials get a
// session of their own, or none.
func TestAProcessLogsInOnce(t *testing.T) {
	c := startCloud(t, 1000)
	shared := &Shared{}
	share := func(config *Config) { config.Shared = shared }
	var wg sync.WaitGroup
	for range 16 {
		made := c.client(t, with(Credentials{Login: userLogin()}), share)
		wg.Go(func() {
			if err := c.users(t, made); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, c.calls(loginCalls))

	stranger := userLogin()
	stranger.Password = "guess"
	err := c.users(t, c.client(t, with(Credentials{Login: stranger}), share))
	require.Equal(t, fault.AuthFailed, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "credentials.login: Login Service: the credentials were refused")
	require.NotContains(t, err.Error(), "guess")

	require.Equal(t, 1, c.Sessions())
	require.NoError(t, shared.Close(t.Context()))
	require.Zero(t, c.Sessions(), "the process logs out when it ends")
}

// Who waits for another's login gets it although the other gave up.
func TestALoginOutlivesWhoAskedForIt(t *testing.T) {
	c := startCloud(t, 1000)
	shared := &Shared{}
	made := c.client(t, with(Credentials{Login: userLogin()}), func(config *Config) { config.Shared = shared })
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: "/api/account/12345678/login", Kind: sandbox.SlowBody, DelayMS: 400, Forever: true}))
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { gone <- c.probe(ctx, made) }()
	require.Eventually(t, func() bool { return c.calls(loginCalls) == 1 }, 2*time.Minute, time.Millisecond)
	waiting := make(chan error)
	go func() { waiting <- c.probe(t.Context(), made) }()
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.NoError(t, <-waiting)
	require.Equal(t, 1, c.calls(loginCalls))
}

func (c *cloud) probe(ctx context.Context, made *Client) error { return made.probe(ctx, "skills") }

func TestSessionsAreKeptAliveAndReplaced(t *testing.T) {
	c := startCloud(t, 1000)
	made := c.client(t, with(Credentials{Login: userLogin()}))
	after := func(d time.Duration) (logins, refreshes int) {
		require.NoError(t, c.clk.sleep(t.Context(), d))
		require.NoError(t, c.users(t, made))
		return c.calls(loginCalls), c.calls(refreshCalls)
	}
	for _, step := range []struct {
		name              string
		wait              time.Duration
		logins, refreshes int
	}{
		{"first", 0, 1, 0},
		{"within five minutes", 4 * time.Minute, 1, 0},
		{"kept alive", 2 * time.Minute, 1, 1},
		{"kept alive after hours", 7 * time.Hour, 1, 2},
		{"the refresh began another eight hours", 7 * time.Hour, 1, 3},
		{"past its end", 9 * time.Hour, 2, 3},
	} {
		logins, refreshes := after(step.wait)
		require.Equal(t, [2]int{step.logins, step.refreshes}, [2]int{logins, refreshes}, step.name)
	}

	c.EndSessions()
	logins, refreshes := after(time.Minute)
	require.Equal(t, [2]int{3, 3}, [2]int{logins, refreshes}, "ended early: a 401 logs in again")
	c.EndSessions()
	logins, refreshes = after(6 * time.Minute)
	require.Equal(t, [2]int{4, 4}, [2]int{logins, refreshes}, "ended early: a refused refresh logs in again")
}

func TestTokensAreKeptUntilShortlyBeforeTheirEnd(t *testing.T) {
	c := startCloud(t, 1000)
	made := c.client(t, with(Credentials{OAuth2: app()}))
	for _, step := range []struct {
		name   string
		wait   time.Duration
		tokens int
	}{
		{"first", 0, 1},
		{"kept", 58 * time.Minute, 1},
		{"replaced before its end", 90 * time.Second, 2},
	} {
		require.NoError(t, c.clk.sleep(t.Context(), step.wait))
		require.NoError(t, c.users(t, made))
		require.Equal(t, step.tokens, c.calls(tokenCalls), step.name)
	}
	c.EndSessions()
	require.NoError(t, c.users(t, made))
	require.Equal(t, 3, c.calls(tokenCalls), "a 401 asks for another")
}

// An API that goes on refusing is told so after one login more, not again and again.
func TestARefusedGrantIsReplacedOnce(t *testing.T) {
	c := startCloud(t, 1000)
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: listPrefix, Kind: sandbox.Unauthorized, Forever: true}))
	for name, tc := range map[string]struct {
		credentials Credentials
		calls, says string
	}{
		"user": {Credentials{Login: userLogin()}, loginCalls, "credentials.login: account configuration API: it refuses what was issued to the user"},
		"app":  {Credentials{OAuth2: app()}, tokenCalls, "credentials.oauth2: account configuration API: it refuses what was issued to the app"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.users(t, c.client(t, with(tc.credentials)))
			require.Equal(t, fault.AuthFailed, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, 2, c.calls(tc.calls))
		})
	}
}

func TestWhatIsWrongWithCredentialsIsSaid(t *testing.T) {
	c := startCloud(t, 1000)
	badApp, badKey := app(), apiUserLogin()
	badApp.ClientSecret, badKey.AccessTokenSecret = "canary-1", "canary-2"
	for name, tc := range map[string]struct {
		credentials Credentials
		resource    string
		kind        fault.Kind
		says        string
	}{
		"app secret":         {Credentials{OAuth2: badApp}, "users", fault.AuthFailed, "credentials.oauth2: Sentinel: the credentials were refused with status 401"},
		"API user's secret":  {Credentials{Login: badKey}, "users", fault.AuthFailed, "credentials.login: Login Service: the credentials were refused"},
		"no key":             {Credentials{Login: userLogin(), OAuth2: app()}, AgentActivity, fault.InvalidSpec, "credentials.oauth1: Agent Activity API: it takes an API key (oauth1), and the source has a user's login (login) and an app (oauth2)"},
		"an app is too few":  {Credentials{OAuth2: app()}, "skills", fault.InvalidSpec, "it takes an API key (oauth1) or a user's login (login)"},
		"an API without app": {Credentials{OAuth2: app()}, Interactions, fault.InvalidSpec, "credentials.oauth1: Messaging Interactions API"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.client(t, with(tc.credentials)).probe(t.Context(), tc.resource)
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "canary")
		})
	}
}

func TestTheTestNamesTheCredentialsThatWereUsed(t *testing.T) {
	c := startCloud(t, 1000)
	log, err := c.client(t, with(Credentials{Login: userLogin(), OAuth2: app()})).Test(t.Context(), []string{Interactions, "users", AgentActivity})
	require.NoError(t, err)
	var told []string
	for _, s := range log.Steps {
		told = append(told, fmt.Sprint(s.Name, " ", s.OK, " ", s.Note))
	}
	require.Equal(t, []string{
		"connect true ",
		"log in true with a user's login (login)",
		"read messaging_interactions true with a user's login (login)",
		"read users true with a user's login (login)",
		"read agent_activity false credentials.oauth1: agent_activity is read with an API key (oauth1), " +
			"and the source has a user's login (login) and an app (oauth2) (give the source credentials.oauth1)",
	}, told)

	_, err = c.client(t, with(Credentials{OAuth2: app()})).Test(t.Context(), []string{AgentActivity, Interactions})
	require.Equal(t, fault.InvalidSpec, fault.KindOf(err), "nothing can be read: %v", err)

	// A kind that is refused says nothing of the others.
	wrong := app()
	wrong.ClientSecret = "guess"
	log, err = c.client(t, with(Credentials{OAuth1: testCredentials().OAuth1, Login: &Login{Username: "x", Password: "y"}, OAuth2: wrong})).Test(t.Context(), []string{"users"})
	require.NoError(t, err)
	require.Equal(t, "connect ok, log in ok, read users ok", stepsOf(log))
}

// What was issued is as secret as what it was issued for, also where a server says it back.
func TestErrorsRepeatNothingThatWasIssued(t *testing.T) {
	said := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login") {
			http.SetCookie(w, &http.Cookie{Name: "Session_id", Value: "canary-cookie"})
			_ = json.NewEncoder(w).Encode(map[string]string{"csrf": "canary-csrf", "bearer": "canary-bearer", "sessionTTl": "1000000"})
			return
		}
		said = r.Header.Get("Authorization")
		http.Error(w, "canary-cookie canary-csrf "+said, http.StatusForbidden)
	})
	made := client(t, s.Server, newFakeTime(), with(Credentials{Login: userLogin()}))
	err := made.probe(t.Context(), "users")
	require.Equal(t, "Bearer canary-bearer", said)
	require.Equal(t, fault.PermissionDenied, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "the user may not read it")
	require.NotContains(t, err.Error(), "canary")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", made, made, made.config.Credentials.Login), sandboxtest.User.Password)
}
