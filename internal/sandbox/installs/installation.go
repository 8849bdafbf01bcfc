package installs

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"time"

	"github.com/google/uuid"
)

// Installation is an app that is installed in an account: its manifest, and what the server
// assigned when it was created. It is never changed; an update makes another.
type Installation struct {
	*Manifest
	ID, Secret string
	IssuedAt   time.Time
	Enabled    bool
	Deleted    bool
}

// assigned are the members that the server assigns; what a client says of them is ignored.
var assigned = []string{"id", "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "deleted"}

// secretText is the alphabet of published client secrets, [0-9a-v].
var secretText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// secretBytes make secrets of 26 characters, as all published ones are.
const secretBytes = 16

func install(m *Manifest, now time.Time) *Installation {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	return &Installation{Manifest: m, ID: uuid.NewString(), Secret: secretText.EncodeToString(secret), IssuedAt: now, Enabled: m.enabled()}
}

func (m *Manifest) enabled() bool { return m.Enabled == nil || *m.Enabled }

// with is the installation after an update by the manifest.
func (i *Installation) with(m *Manifest) *Installation {
	next := *i
	next.Manifest, next.Enabled = m, m.enabled()
	return &next
}

// Is reports whether the secret is the app's own and the app may be used: enabled, not deleted.
func (i *Installation) Is(secret string) bool {
	return i.Usable() && subtle.ConstantTimeCompare([]byte(i.Secret), []byte(secret)) == 1
}

// Usable reports whether the app is enabled and not deleted.
func (i *Installation) Usable() bool { return i.Enabled && !i.Deleted }

// MarshalJSON writes the installation as the platform does: the manifest as it came, and what the
// server assigned. Times are epoch seconds; a secret that expires at 0 never does.
func (i *Installation) MarshalJSON() ([]byte, error) {
	return i.write(map[string]any{
		"id": i.ID, "client_id": i.ID, "client_secret": i.Secret, "client_secret_expires_at": 0,
		"client_id_issued_at": i.IssuedAt.Unix(), "enabled": i.Enabled, "deleted": i.Deleted,
	})
}
