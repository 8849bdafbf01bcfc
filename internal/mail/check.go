package mail

import (
	"context"
	"errors"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"transporter/internal/fault"
)

// Login connects and logs in, as Send does, and sends nothing.
func (s *Server) Login(ctx context.Context) error {
	return s.talk(ctx, func(*smtp.Client) error { return nil })
}

// Offer asks the server whether it would take a mail to each of the receivers (RFC 5321 section
// 3.3), and sends none. It returns the first refusal: fault.PermissionDenied, or fault.Upstream
// where another try may help.
func (s *Server) Offer(ctx context.Context, receivers []string) error {
	msg, err := s.compose(Message{To: receivers})
	if err != nil {
		return err
	}
	from, err := msg.GetSender(false)
	if err != nil {
		return fault.New(fault.InvalidSpec, "offer mail: the sender is not an address")
	}
	return s.talk(ctx, func(client *smtp.Client) error {
		if err := client.Mail(from); err != nil {
			return s.refusal(err)
		}
		for _, to := range receivers {
			if err := client.Rcpt(to); err != nil {
				return s.refusal(err)
			}
		}
		return client.Reset()
	})
}

// talk runs a conversation that sends nothing.
func (s *Server) talk(ctx context.Context, say func(*smtp.Client) error) error {
	client, err := mail.NewClient(s.host, s.options()...)
	if err != nil {
		return fault.New(fault.InvalidSpec, "set up mail: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.classify(err)
	}
	err = say(conn)
	_ = client.CloseWithSMTPClient(conn) // a lost goodbye is nobody's business
	var known *fault.Error
	if err != nil && !errors.As(err, &known) {
		return s.classify(err)
	}
	return err
}
