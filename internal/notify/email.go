package notify

import (
	"context"

	"transporter/internal/mail"
)

// Mail tells people by email. It is safe for concurrent use.
type Mail struct{ server *mail.Server }

// NewMail returns a sender over the server.
func NewMail(server *mail.Server) *Mail { return &Mail{server} }

// Send sends each address a mail of its own, all through one connection, and returns the
// errors by address; an address without one has its mail, and none keeps another from its
// own. Errors are those of mail.Server.
func (m *Mail) Send(ctx context.Context, to []string, what Message) map[string]error {
	messages := make([]mail.Message, len(to))
	for i, address := range to {
		messages[i] = mail.Message{ID: what.ID, To: []string{address}, Subject: what.Subject, Text: what.Text, At: what.At}
	}
	failed := map[string]error{}
	for i, err := range m.server.Send(ctx, messages...) {
		if err != nil {
			failed[to[i]] = err
		}
	}
	return failed
}
