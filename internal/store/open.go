package store

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"

	"transporter/internal/fault"
)

// Opener opens the store that a URL of its scheme names.
type Opener func(ctx context.Context, u *url.URL) (Store, error)

var (
	openersMu sync.RWMutex
	openers   = map[string]Opener{"file": openFile}
)

// Register makes a driver known under a URL scheme; driver packages call it from init.
func Register(scheme string, open Opener) {
	openersMu.Lock()
	defer openersMu.Unlock()
	openers[scheme] = open
}

// Open opens the store that the URL names: file:///absolute/folder here, and with
// bucketstore imported s3://bucket[/prefix]?region=…&endpoint=…, gs://bucket[/prefix]
// and, for tests, mem://. It finds out whether the store can be reached.
func Open(ctx context.Context, rawURL string) (Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fault.New(fault.InvalidSpec, "store URL cannot be read").
			WithFix("write it like file:///var/lib/transporter or s3://bucket?region=eu-central-1")
	}
	openersMu.RLock()
	open, known := openers[u.Scheme]
	openersMu.RUnlock()
	if !known {
		return nil, fault.New(fault.InvalidSpec, "store URL %q: unknown scheme %q", u.Redacted(), u.Scheme).
			WithFix("this program knows %s", strings.Join(schemes(), ", "))
	}
	return open(ctx, u)
}

func schemes() []string {
	openersMu.RLock()
	defer openersMu.RUnlock()
	var names []string
	for name := range openers {
		names = append(names, name+"://")
	}
	slices.Sort(names)
	return names
}
