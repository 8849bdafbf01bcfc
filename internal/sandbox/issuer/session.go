// Package issuer is what the platform issues to those who log in: sessions with a bearer to
// users, signed tokens to apps.
package issuer

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// SessionLife is how long a session lives after its login or last refresh (the published
// sample's sessionTTl).
const SessionLife = 8 * time.Hour

// Session is what a login issues.
type Session struct {
	Account, User        string
	Bearer, CSRF, Cookie string
	until                time.Time
}

// Sessions are those that are open. It is safe for concurrent use.
type Sessions struct {
	now  func() time.Time
	mu   sync.Mutex
	open map[string]*Session // by cookie
}

// NewSessions returns none, on that clock.
func NewSessions(now func() time.Time) *Sessions {
	return &Sessions{now: now, open: map[string]*Session{}}
}

// Begin opens a session.
func (s *Sessions) Begin(account, user string) Session {
	one := &Session{Account: account, User: user, Bearer: random(), CSRF: random(), Cookie: random(), until: s.now().Add(SessionLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[one.Cookie] = one
	return *one
}

// Refresh lets the session of the cookie live on; false if there is none, or if the csrf is
// not its own.
func (s *Sessions) Refresh(account, cookie, csrf string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.find(account, cookie, csrf)
	if one == nil {
		return false
	}
	one.until = s.now().Add(SessionLife)
	return true
}

// End closes the session of the cookie; false as in Refresh.
func (s *Sessions) End(account, cookie, csrf string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(account, cookie, csrf) == nil {
		return false
	}
	delete(s.open, cookie)
	return true
}

func (s *Sessions) find(account, cookie, csrf string) *Session {
	one := s.open[cookie]
	if one == nil || one.Account != account || one.CSRF != csrf || !s.now().Before(one.until) {
		return nil
	}
	return one
}

// User returns who the bearer was issued to; false for one that is unknown, of another account
// or past its end.
func (s *Sessions) User(account, bearer string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		if one.Bearer == bearer && one.Account == account && s.now().Before(one.until) {
			return one.User, true
		}
	}
	return "", false
}

// Open returns how many sessions there are.
func (s *Sessions) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// EndAll closes every session, as the platform does when it starts again.
func (s *Sessions) EndAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = map[string]*Session{}
}

// random returns 256 bits in the form of the published samples.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
