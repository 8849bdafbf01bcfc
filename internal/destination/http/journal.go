package httpput

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"transporter/internal/destination"
)

// noted is what the journal of a file keeps once the receiver has accepted it.
type noted struct {
	Accepted string `json:"accepted"` // see mark
}

// accepted reports whether the receiver has accepted these bytes at this address. A journal
// that cannot be read says no: sending twice does less harm than not at all.
func (s *session) accepted(ctx context.Context, f destination.File) (bool, error) {
	state, err := f.Journal.Load(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether %s was sent: %w", f.Name, err)
	}
	var n noted
	_ = json.Unmarshal(state, &n) // what cannot be read says no
	mark, err := s.d.mark(f)
	return n.Accepted == mark, err
}

// note remembers that the receiver has accepted the file.
func (s *session) note(ctx context.Context, f destination.File) error {
	mark, err := s.d.mark(f)
	if err != nil {
		return err
	}
	state, err := json.Marshal(noted{mark})
	if err != nil {
		return fmt.Errorf("note that %s was sent: %w", f.Name, err)
	}
	if err := f.Journal.Save(ctx, state); err != nil {
		return fmt.Errorf("note that %s was sent: %w", f.Name, err)
	}
	return nil
}

// mark names the request of a file: another address or other bytes are another request.
func (d *Destination) mark(f destination.File) (string, error) {
	u, err := d.address(f)
	if err != nil {
		return "", err
	}
	return digestOf(d.config.method, u.String(), d.config.form, idempotencyKey(f)), nil
}

// idempotencyKey is the same for every attempt to send these bytes in this delivery, and another
// when people have them sent again: the receiver may have lost them. A key must not come with
// other bytes (draft-ietf-httpapi-idempotency-key-header, section 2.2).
func idempotencyKey(f destination.File) string { return digestOf(f.About.Key(), f.Name, f.SHA256) }

// digestOf returns 32 hexadecimal characters.
func digestOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
