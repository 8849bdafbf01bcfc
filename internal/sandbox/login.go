package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strconv"

	"transporter/internal/sandbox/issuer"
)

// sessionCookie names the cookie that refresh and logout need beside the csrf.
const sessionCookie = "Session_id"

// loginRoutes serves the Login Service.
func (s *Server) loginRoutes(mux *http.ServeMux) {
	for path, h := range map[string]http.HandlerFunc{"login": s.logIn, "refresh": s.refreshSession, "logout": s.logOut} {
		mux.Handle("POST /api/account/{account}/"+path, s.ofAccount(s.capped(s.faulty(h))))
	}
}

// credentials are the body of a login: a user's with a password, or an API user's with the four
// values of an API key.
type credentials struct {
	Username, Password                             string
	AppKey, Secret, AccessToken, AccessTokenSecret string
}

func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	var c credentials
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestAdmin)).Decode(&c); err != nil || c.Username == "" {
		s.refuseSession(w, http.StatusBadRequest, "BAD_REQUEST", "the body needs username, and password or an application's keys")
		return
	}
	account := r.PathValue("account")
	t := s.tenants[account]
	if t == nil || !t.knows(&c) {
		s.refuseSession(w, http.StatusUnauthorized, "UNAUTHORIZED", "Login failed: bad credentials")
		return
	}
	one := s.sessions.Begin(account, c.Username)
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: one.Cookie, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	domains := make([]baseURI, len(Services))
	for i, name := range Services {
		domains[i] = s.domainOf(r, name)
	}
	now := s.config.RealNow()
	writeJSON(w, http.StatusOK, map[string]any{
		"csrf": one.CSRF, "bearer": one.Bearer, "sessionTTl": strconv.FormatInt(issuer.SessionLife.Milliseconds(), 10),
		"config": map[string]any{
			"loginName": c.Username, "userId": userID(c.Username), "userPrivileges": []int{}, "serverCurrentTime": now.UnixMilli(),
			"timeDiff": 0, "serverTimeZoneName": "UTC", "serverTimeGMTDiff": 0, "isLPA": false, "isAdmin": t.user(c.Username).Password != "", "accountTimeZoneId": "UTC",
		},
		"csdsCollectionResponse": map[string]any{"baseURIs": domains},
		"wsuk":                   userID(one.CSRF), "accountData": map[string]any{"agentGroupsData": mainGroup},
	})
}

// mainGroup is the group of agents that every account has.
var mainGroup = map[string]any{"items": []any{map[string]any{"id": -1, "deleted": false, "name": "Main Group"}}, "revision": 1}

// userID is a number that stays the same for a name, as long as the published sample's.
func userID(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return strconv.FormatUint(3_000_000_000+uint64(h.Sum32()), 10)
}

// knows reports whether the account has such a user. One without a password is an API user.
func (t *tenant) knows(c *credentials) bool {
	u := t.user(c.Username)
	switch {
	case u == nil:
		return false
	case u.Password != "":
		return subtle.ConstantTimeCompare([]byte(u.Password), []byte(c.Password)) == 1
	}
	for _, k := range t.keys {
		if k.Consumer == c.AppKey && k.ConsumerSecret == c.Secret && k.Token == c.AccessToken && k.TokenSecret == c.AccessTokenSecret {
			return true
		}
	}
	return false
}

func (t *tenant) user(name string) *User {
	for i, u := range t.account.Users {
		if u.Name == name {
			return &t.account.Users[i]
		}
	}
	return nil
}

func (s *Server) refreshSession(w http.ResponseWriter, r *http.Request) {
	s.ofSession(w, r, s.sessions.Refresh)
}

func (s *Server) logOut(w http.ResponseWriter, r *http.Request) { s.ofSession(w, r, s.sessions.End) }

// ofSession does what a session is told to, by csrf and cookie, and answers without a body.
func (s *Server) ofSession(w http.ResponseWriter, r *http.Request, do func(account, cookie, csrf string) bool) {
	var body struct{ CSRF string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestAdmin)).Decode(&body); err != nil {
		s.refuseSession(w, http.StatusBadRequest, "BAD_REQUEST", "the body needs csrf")
		return
	}
	cookie := ""
	if c, err := r.Cookie(sessionCookie); err == nil {
		cookie = c.Value
	}
	if !do(r.PathValue("account"), cookie, body.CSRF) {
		s.refuseSession(w, http.StatusUnauthorized, "UNAUTHORIZED", "CSRF token invalid! The CSRF token on request does not match the CSRF token on the session")
		return
	}
	w.WriteHeader(http.StatusOK)
}

// refuseSession answers in the published shape of the Login Service.
func (s *Server) refuseSession(w http.ResponseWriter, status int, name, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{
		"time": s.config.RealNow().UTC().Format("Jan 2, 2006 3:04:05 PM"), "message": message, "internalCode": 10, "responseStatus": name,
	}})
}

// EndSessions closes every session and makes every token worthless before its time, as the
// platform does when it starts again.
func (s *Server) EndSessions() {
	s.sessions.EndAll()
	s.tokens.Renew()
}

// Sessions returns how many users' sessions are open.
func (s *Server) Sessions() int { return s.sessions.Open() }
