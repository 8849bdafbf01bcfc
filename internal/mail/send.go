package mail

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"transporter/internal/fault"
)

// Message is one mail. Those in Bcc get it too, and no header names them.
type Message struct {
	ID          string // makes the Message-ID: the same for every try
	To, Cc, Bcc []string
	Subject     string // line ends and other controls become spaces
	Text        string
	At          time.Time
}

// Send sends the messages over one connection and returns the error of each, nil for one that
// the server has taken for all its receivers; of a message that is refused for one receiver,
// none gets it. No message keeps another from being sent. The Message-ID is made of the
// message's ID (RFC 5322 section 3.6.4), so that a repeat after a lost answer is recognised. A
// refused login is fault.AuthFailed, a message, address or certificate that is refused
// fault.PermissionDenied, anything else fault.Upstream.
func (s *Server) Send(ctx context.Context, messages ...Message) []error {
	failed := make([]error, len(messages))
	composed := make([]*mail.Msg, len(messages))
	var sent []*mail.Msg
	for i, m := range messages {
		if composed[i], failed[i] = s.compose(m); failed[i] == nil {
			sent = append(sent, composed[i])
		}
	}
	client, err := mail.NewClient(s.host, s.options()...)
	if err == nil {
		err = client.DialAndSendWithContext(ctx, sent...)
	}
	for i, msg := range composed {
		switch {
		case failed[i] != nil, msg.IsDelivered(): // what went wrong after that, such as a lost goodbye, is nobody's business
		case msg.HasSendError():
			failed[i] = s.classify(msg.SendError())
		default: // it was not come to
			failed[i] = s.classify(cmp.Or(err, errNotSent))
		}
	}
	return failed
}

var errNotSent = errors.New("the mail was not sent")

func (s *Server) compose(m Message) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.From(s.config.From); err != nil {
		return nil, fault.New(fault.InvalidSpec, "send mail: the sender is not an address")
	}
	for _, to := range []struct {
		set       func(...string) error
		addresses []string
	}{{msg.To, m.To}, {msg.Cc, m.Cc}, {msg.Bcc, m.Bcc}} {
		if err := to.set(to.addresses...); err != nil {
			return nil, fault.New(fault.InvalidSpec, "send mail: one of %q is not an address", strings.Join(to.addresses, ", "))
		}
	}
	_, domain, _ := strings.Cut(s.config.From, "@")
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(m.ID + "@" + strings.TrimSuffix(domain, ">"))
	msg.SetDateWithValue(m.At)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	return msg, nil
}

// oneLine keeps a text from ending its header and beginning another (RFC 5322 section 2.2).
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}
