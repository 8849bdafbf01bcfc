package mail

import (
	"crypto/tls"
	"errors"
	"net/textproto"

	"github.com/wneessen/go-mail"

	"transporter/internal/fault"
)

// classify tells what a person must mend, or that another try may help. Texts of the library
// hold what the server said, never the password.
func (s *Server) classify(err error) error {
	var known *fault.Error
	var certificate *tls.CertificateVerificationError
	var refused *mail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &known): // of the dialer
		return known
	case errors.As(err, &certificate):
		return fault.New(fault.PermissionDenied, "mail server %s: its certificate is not trusted: %w", s.host, err).
			WithFix("give its root to the worker with --smtp-ca, and its name as in the certificate")
	case errors.As(err, &refused) && refused.ErrorCode() >= refusedForGood:
		return s.refused(err)
	case errors.As(err, &reply) && reply.Code == authRefused, errors.Is(err, mail.ErrNoSupportedAuthDiscovered), errors.Is(err, mail.ErrPlainAuthNotSupported):
		return fault.New(fault.AuthFailed, "mail server %s refuses the login: %w", s.host, err).
			WithFix("correct --smtp-user and --smtp-password-file of the worker")
	}
	return fault.New(fault.Upstream, "send mail through %s: %w", s.host, err)
}

// refusal classifies what the server says of a sender or receiver.
func (s *Server) refusal(err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= refusedForGood {
		return s.refused(err)
	}
	return s.classify(err)
}

func (s *Server) refused(err error) error {
	return fault.New(fault.PermissionDenied, "mail server %s refuses the message: %w", s.host, err).
		WithFix("correct --smtp-from of the worker or the addresses that it is sent to")
}

const (
	// authRefused is the reply to wrong credentials (RFC 4954 section 6).
	authRefused = 535
	// refusedForGood is the first of the permanent replies (RFC 5321 section 4.2.1). A
	// connection that breaks has none.
	refusedForGood = 500
)
