package guard

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// errSilent is the error of a request that left whole and got no answer.
var errSilent = errors.New("no answer came in time")

// looks is how often, within the time that a server may be silent, it is looked whether a
// request is still leaving.
const looks = 18

// patient gives an answer time to begin from when the request has left this machine. The
// system takes megabytes in at once, which a slow line carries away for minutes: net/http's
// own limit (ResponseHeaderTimeout) counts these, and sends all of it again.
type patient struct {
	*http.Transport
	silence time.Duration
}

// RoundTrip fails with errSilent where nothing of the request has left for the time, and
// nothing has come.
func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	w := &watch{silence: p.silence, giveUp: func() { cancel(errSilent) }, answered: make(chan struct{})}
	res, err := p.Transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(i httptrace.GotConnInfo) { w.use(i.Conn) },
		WroteRequest: func(httptrace.WroteRequestInfo) { w.begin() },
	})))
	close(w.answered)
	if err != nil {
		if errors.Is(context.Cause(ctx), errSilent) {
			err = errSilent
		}
		cancel(nil)
		return nil, err
	}
	res.Body = &body{res.Body, func() { cancel(nil) }}
	return res, nil
}

// body ends the context of its request when it is closed.
type body struct {
	io.ReadCloser
	end func()
}

func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// watch waits for an answer to one request.
type watch struct {
	silence  time.Duration
	giveUp   func()
	answered chan struct{}

	once sync.Once
	mu   sync.Mutex
	conn net.Conn
}

func (w *watch) use(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
}

func (w *watch) begin() { w.once.Do(func() { go w.look() }) }

// look gives up when the time has passed in which nothing left.
func (w *watch) look() {
	ticker := time.NewTicker(w.silence / looks)
	defer ticker.Stop()
	left := w.leaving()
	for silent := 0; silent < looks; silent++ {
		select {
		case <-w.answered:
			return
		case <-ticker.C:
		}
		if now := w.leaving(); now != left {
			left, silent = now, 0
		}
	}
	w.giveUp()
}

func (w *watch) leaving() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return leaving(w.conn)
}
