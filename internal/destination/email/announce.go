package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"transporter/internal/destination"
	"transporter/internal/destination/template"
	"transporter/internal/human"
	"transporter/internal/mail"
)

// Announce sends the mail unless the journal says that the server has taken it. The Message-ID
// is made of the delivery key, the files and their links, so that a repeat is recognised, while
// a delivery that is sent again with other bytes or new links is another mail.
func (s *session) Announce(ctx context.Context, about destination.About, files []destination.File) error {
	links, err := s.links(ctx, files)
	if err != nil {
		return err
	}
	id := messageID(about, files, links)
	told, err := announced(ctx, files, id)
	if err != nil || told {
		return err
	}
	d, values := s.d, template.Delivery(about, files)
	failed := d.server.Send(ctx, mail.Message{
		ID: id, To: d.to, Cc: d.cc, Bcc: d.bcc, At: d.now(), Subject: d.subject.Fill(values, nil),
		Text: d.body.Fill(values, nil) + "\n\n" + list(files, links) + foot(about, links),
	})
	if failed[0] != nil {
		return failed[0]
	}
	return note(ctx, files, id)
}

// links returns the link of each file; nil where the settings want none.
func (s *session) links(ctx context.Context, files []destination.File) ([]destination.Link, error) {
	if s.d.lifetime == 0 {
		return nil, nil
	}
	expires := s.d.now().Add(s.d.lifetime)
	links := make([]destination.Link, len(files))
	for i, f := range files {
		var err error
		if links[i], err = s.d.link(ctx, f, expires); err != nil {
			return nil, fmt.Errorf("link %s: %w", f.Name, err)
		}
	}
	return links, nil
}

func messageID(about destination.About, files []destination.File, links []destination.Link) string {
	h := sha256.New()
	fmt.Fprintln(h, about.Key())
	for _, f := range files {
		fmt.Fprintln(h, f.Name, f.SHA256)
	}
	for _, l := range links {
		fmt.Fprintln(h, l.URL)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// list names every file with what a receiver needs to check it.
func list(files []destination.File, links []destination.Link) string {
	if len(files) == 0 {
		return "The window has no rows, so there is no file.\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", human.Count(len(files), "file"))
	for i, f := range files {
		fmt.Fprintf(&b, "\n%s\n  size     %s bytes\n  sha-256  %s\n", f.Name, human.Number(f.Size), f.SHA256)
		if links != nil {
			fmt.Fprintf(&b, "  link     %s\n  until    %s\n", links[i].URL, links[i].Expires.UTC().Format(time.RFC1123))
		}
	}
	return b.String()
}

// foot says how to go on.
func foot(about destination.About, links []destination.Link) string {
	text := "\nThe files are kept by the transporter; its history has them for download.\n"
	if len(links) > 0 {
		text = "\nWhoever has a link can fetch the file, so keep it to yourself. Only the holder of its key can\nread the file: decrypt it with gpg, or with starter decrypt.\n"
	}
	return text + "\nDelivery " + about.Delivery + "\n"
}

// announced reports whether the journal says that the mail was taken. It lies with the first
// file; a delivery without files has none, and may come again.
func announced(ctx context.Context, files []destination.File, id string) (bool, error) {
	if len(files) == 0 {
		return false, nil
	}
	state, err := files[0].Journal.Load(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether the mail was sent: %w", err)
	}
	return string(state) == id, nil
}

func note(ctx context.Context, files []destination.File, id string) error {
	if len(files) == 0 {
		return nil
	}
	if err := files[0].Journal.Save(ctx, []byte(id)); err != nil {
		return fmt.Errorf("note that the mail was sent: %w", err)
	}
	return nil
}
