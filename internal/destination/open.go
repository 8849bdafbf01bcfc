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
	// Link makes an address under which whoever has it can fetch the file until it expires, at
	// the given time or when the file is no longer kept, whichever is first. A repeat returns the
	// address that is there, unless it was revoked or has expired. Fails with fault.InvalidSpec
	// for a file that is not encrypted. Nil where the deployment has no public address.
	Link func(ctx context.Context, f File, expires time.Time) (Link, error)
	Kept time.Duration // how long files are kept for links; 0: for good
	Now  func() time.Time
}

// Link is the address of a file. The URL is a secret of those whom it is sent to.
type Link struct {
	URL     string
	Expires time.Time
}

// Opener makes the destination that the settings describe, without connecting. What is
// wrong with them is fault.InvalidSpec that names the field.
type Opener func(s Settings, out Outbound) (Destination, error)
