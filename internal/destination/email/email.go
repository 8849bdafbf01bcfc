// Package email tells people by mail what was delivered: which files, their sizes and hashes,
// and, if they like, an address for each under which it can be fetched for a while. No file is
// attached; the transporter keeps them.
//
// Upload and Publish therefore move nothing. Announce sends one mail for the whole delivery. A
// crash between the server's answer and the journal makes the next attempt send it again, under
// the same Message-ID: at least once.
package email

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"transporter/internal/destination"
	"transporter/internal/destination/kind"
	"transporter/internal/destination/template"
	"transporter/internal/fault"
	"transporter/internal/mail"
	"transporter/internal/probe"
)

const day = 24 * time.Hour

// defaultDays is how long links live unless the settings say otherwise.
const defaultDays = 7

// Texts unless the settings have others.
const (
	defaultSubject = "{description}: {from} to {to}"
	defaultBody    = "{description} is delivered: report {report}, {rows} rows, window {from} to {to}."
)

// Destination sends mails to fixed receivers. It is safe for concurrent use.
type Destination struct {
	to, cc, bcc   []string
	subject, body template.Template
	lifetime      time.Duration // of links; 0: none
	link          func(ctx context.Context, f destination.File, expires time.Time) (destination.Link, error)
	server        *mail.Server
	now           func() time.Time
}

var (
	_ destination.Destination = (*Destination)(nil)
	_ destination.Announcer   = (*session)(nil)
)

// Opener returns what opens settings of kind email, over the deployment's mail server; nil
// where it has none.
func Opener(server *mail.Server) destination.Opener {
	return func(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
		if server == nil {
			return nil, fault.New(fault.ConfigMissing, "the deployment has no mail server").
				WithFix("start the workers with --smtp-addr and --smtp-from")
		}
		v := kind.Values(s.Fields)
		d := &Destination{to: v.List("to"), cc: v.List("cc"), bcc: v.List("bcc"), server: server, link: out.Link, now: out.Now}
		var err error
		if d.subject, err = template.Parse("subject", cmp.Or(v.Text("subject"), defaultSubject), template.DeliveryFields()); err != nil {
			return nil, err
		}
		if d.body, err = template.Parse("body", cmp.Or(v.Text("body"), defaultBody), template.DeliveryFields()); err != nil {
			return nil, err
		}
		if v.Boolean("link") {
			d.lifetime, err = lifetime(v.Integer("linkDays"), out)
		}
		return d, err
	}
}

// lifetime returns how long links live, if the deployment can keep that promise.
func lifetime(days int, out destination.Outbound) (time.Duration, error) {
	wanted := time.Duration(cmp.Or(days, defaultDays)) * day
	switch {
	case out.Link == nil:
		return 0, fault.New(fault.InvalidSpec, "the deployment has no public address for links").WithField("link").
			WithFix("start the workers with --public-url, or set link to false")
	case days > 0 && out.Kept > 0 && wanted > out.Kept:
		return 0, fault.New(fault.InvalidSpec, "links would live for %d days, but files are kept for %d", days, int(out.Kept/day)).
			WithField("linkDays").WithFix("give at most %d, or start the workers with a longer --keep-artefacts", int(out.Kept/day))
	}
	return wanted, nil
}

// Connect never fails: the server is talked to when there is something to say.
func (d *Destination) Connect(context.Context) (destination.Session, error) { return &session{d}, nil }

// Probe logs in at the mail server and asks whether it would take a mail to every receiver. It
// sends none.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	found := destination.Capabilities{Log: probe.Begin(), Highest: destination.Sent, Atomic: true, Notes: []string{
		"no mail was sent: the server was only asked whether it would take one",
		"at least once: after a crash a mail may come again, with the same Message-ID",
	}}
	err := d.server.Login(ctx)
	if err != nil && !fault.Is(err, fault.AuthFailed) {
		err = found.Tried(destination.StepConnect, err)
		return found, err
	}
	found.Passed(destination.StepConnect)
	if found.Tried(destination.StepLogin, err) != nil {
		return found, err
	}
	err = found.Tried(destination.StepWrite, d.server.Offer(ctx, slices.Concat(d.to, d.cc, d.bcc)))
	return found, err
}

type session struct{ d *Destination }

// Upload moves nothing: the mail tells where the file is.
func (s *session) Upload(_ context.Context, f destination.File, token string, progress destination.Progress) error {
	if err := check(f.Name, token); err != nil {
		return err
	}
	progress(f.Size)
	return nil
}

// Verify returns Sent.
func (s *session) Verify(_ context.Context, f destination.File, token string, _ destination.Level) (destination.Level, error) {
	return destination.Sent, check(f.Name, token)
}

// Publish moves nothing.
func (s *session) Publish(_ context.Context, f destination.File, token string, _ bool) error {
	return check(f.Name, token)
}

// Open fails with fault.PermissionDenied.
func (s *session) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := destination.CheckName(name); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.PermissionDenied, "%s was not sent, the mail only tells of it", name)
}

// Discard has nothing to remove.
func (s *session) Discard(_ context.Context, f destination.File, token string) error {
	return check(f.Name, token)
}

// Default is Sent.
func (s *session) Default() destination.Level { return destination.Sent }

// Atomic is true: one mail tells of all files.
func (s *session) Atomic() bool { return true }

// Location names the receivers that everybody may know of.
func (s *session) Location(string) string {
	return "mail to " + strings.Join(slices.Concat(s.d.to, s.d.cc), ", ")
}

func (s *session) Close() error { return nil }

func check(name, token string) error {
	if err := destination.CheckName(name); err != nil {
		return err
	}
	return destination.CheckToken(token)
}
