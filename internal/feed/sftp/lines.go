package sftp

import (
	"context"
	"slices"
	"sync"
	"time"

	"transporter/internal/sshlogin"
)

const (
	// idleFor is how long a connection stays that nobody uses: longer than a pause between two
	// listings of one step, shorter than servers bear with guests who say nothing.
	idleFor = time.Minute
	// mostSessions is how many sessions a connection has at most; OpenSSH lets it have ten
	// (MaxSessions of sshd_config(5)).
	mostSessions = 8
)

// lines are the connections of a door: one for as long as it is used, more only while it has as many
// sessions as the server lets one have. They are safe for concurrent use.
type lines struct {
	login *sshlogin.Login
	idle  time.Duration

	dialing chan struct{} // has room for who begins a session, so that those who come at once share a connection

	mu   sync.Mutex
	open []*line
}

func newLines(login *sshlogin.Login, idle time.Duration) *lines {
	if idle == 0 {
		idle = idleFor
	}
	return &lines{login: login, idle: idle, dialing: make(chan struct{}, 1)}
}

// line is one connection.
type line struct {
	conn     *sshlogin.Client
	sessions int
	most     int // sessions
	hangUp   *time.Timer
}

// session begins a session over a connection that has room, or over a new one. A connection that
// has broken, or takes no more sessions, is passed over.
func (l *lines) session(ctx context.Context) (*session, error) {
	select {
	case l.dialing <- struct{}{}:
		defer func() { <-l.dialing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		use, fresh, err := l.take(ctx)
		if err != nil {
			return nil, err
		}
		s, err := use.conn.Session(ctx)
		if err == nil {
			return &session{Session: s, release: sync.OnceFunc(func() { l.give(use) })}, nil
		}
		l.full(use)
		if fresh || ctx.Err() != nil {
			return nil, err
		}
	}
}

// take counts one more session of a connection that has room, or of a fresh one.
func (l *lines) take(ctx context.Context) (use *line, fresh bool, err error) {
	if use := l.room(); use != nil {
		return use, false, nil
	}
	conn, err := l.login.Connect(ctx)
	if err != nil {
		return nil, true, named(err)
	}
	use = &line{conn: conn, sessions: 1, most: mostSessions}
	use.hangUp = time.AfterFunc(l.idle, func() { l.drop(use) })
	use.hangUp.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, use)
	go func() {
		_ = conn.Wait() // why it ended is said by who used it
		conn.Close()
		l.drop(use)
	}()
	return use, true, nil
}

func (l *lines) room() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, use := range l.open {
		if use.sessions < use.most {
			use.hangUp.Stop()
			use.sessions++
			return use
		}
	}
	return nil
}

// give ends a session; the last one leaves the connection to the next for a while.
func (l *lines) give(use *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if use.sessions--; use.sessions == 0 {
		use.hangUp.Reset(l.idle)
	}
}

// full notes that the connection takes no more sessions than it has; one without any is of no use.
func (l *lines) full(use *line) {
	l.give(use)
	l.mu.Lock()
	use.most = use.sessions
	useless := use.most == 0
	l.mu.Unlock()
	if useless {
		use.conn.Close()
		l.drop(use)
	}
}

// drop forgets a connection, and ends it unless somebody has begun to use it meanwhile.
func (l *lines) drop(use *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if use.sessions > 0 && !use.conn.Ended() {
		return
	}
	l.open = slices.DeleteFunc(l.open, func(o *line) bool { return o == use })
	use.hangUp.Stop()
	use.conn.Close()
}

// session is one session of a connection that others may use too. It ends with the context that it
// was begun with, which is the only way to stop a request.
type session struct {
	*sshlogin.Session

	release func()
	stop    func() bool
}

func (d *Door) connect(ctx context.Context) (*session, error) {
	s, err := d.lines.session(ctx)
	if err != nil {
		return nil, err
	}
	s.stop = context.AfterFunc(ctx, s.end)
	return s, nil
}

func (s *session) close() {
	s.stop()
	s.end()
}

func (s *session) end() {
	_ = s.Close() // it was only read
	s.release()
}
