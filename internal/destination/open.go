package destination

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Secret is a value that prints as "***" and tells itself only when asked.
type Secret interface{ Reveal() string }

// Settings is what an account's record says of a destination: its public fields and its
// unsealed credentials, by the names that internal/destination/kind gives them.
type Settings struct {
	Account, ID string
	Fields      map[string]string
	Secrets     map[string]Secret // those that were given
}

// Outbound is what a worker lends to adapters. Every socket of an adapter comes from it:
// the dialer is the guarded one, and the client uses it, follows no redirect to a refused
// host and no proxy variable.
type Outbound struct {
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HTTP returns a client that trusts the system's roots and those in the PEM text.
	HTTP func(roots string) (*http.Client, error)
	// Link makes an expiring address under which the file can be fetched; nil where the
	// deployment has no public address. Fails with fault.InvalidSpec for a file that is not
	// encrypted.
	Link func(ctx context.Context, s Settings, f File, expires time.Time) (url string, err error)
	Now  func() time.Time
}

// Opener makes the destination that the settings describe, without connecting. What is
// wrong with them is fault.InvalidSpec that names the field.
type Opener func(s Settings, out Outbound) (Destination, error)
