// Package httpput delivers files by HTTP: one request a file, streamed, to a receiver that
// says with its status that it has taken the file.
//
// Nothing can be renamed, read back or taken away again there, so a file is delivered the
// moment the receiver accepts it: Upload sends it, Publish only makes sure that this was so.
// The journal remembers what was accepted. A crash between the receiver's answer and the
// journal makes the next attempt send the file again with the same bytes and the same
// Idempotency-Key: at least once.
package httpput

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/destination"
)

// Destination sends files to one receiver. It is safe for concurrent use.
type Destination struct {
	config config
	client *http.Client
	now    func() time.Time
}

var _ destination.Destination = (*Destination)(nil)

// Open makes the destination that the settings describe. It is a destination.Opener.
func Open(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
	c, err := parse(s)
	if err != nil {
		return nil, err
	}
	shared, err := out.HTTP(c.roots)
	if err != nil {
		return nil, err
	}
	client := *shared
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Destination{config: c, client: &client, now: out.Now}, nil
}

// Connect never fails: every file is a request of its own.
func (d *Destination) Connect(context.Context) (destination.Session, error) { return &session{d}, nil }
