package destination

import (
	"context"
	"strconv"
	"time"
)

// Role is what a file is within its delivery.
type Role string

// Roles, in the order in which files get their final names.
const (
	Data     Role = "data"
	Manifest Role = "manifest" // lists the data files, see docs/manifest.md
	Marker   Role = "marker"   // empty, its presence says that all is there
)

// About is what a receiver may be told of a file besides its bytes. It holds no secret.
type About struct {
	Role        Role
	Delivery    string // delivery key of the leg: the same for every attempt, another for every revision
	Again       int    // attempt in which people have what was delivered sent again; 0: the delivery itself
	Account     string // platform account
	Task        string
	Description string // of the task
	Report      string // id@version
	Format      string
	From, To    time.Time // window, half-open, UTC
	Zone        string    // IANA name
	Revision    int       // from 0
	Part, Parts int       // from 1; both 0 unless Role is Data
	Rows        int64
}

// Key names what a receiver should take once: the same for every attempt to deliver, another
// when people have it sent again.
func (a About) Key() string {
	if a.Again == 0 {
		return a.Delivery
	}
	return a.Delivery + "~" + strconv.Itoa(a.Again)
}

// Announcer is a Session whose place must be told that a delivery is whole, such as a
// mailbox. It is told after all files and the manifest are published, at least once: a
// crash may tell it again, with the same About.Key. Files are those of Role Data.
type Announcer interface {
	Announce(ctx context.Context, about About, files []File) error
}

// Withdrawer is a Session that can take back what is published: a partition that is
// delivered again loses its marker first, and what the new files do not replace.
type Withdrawer interface {
	// Withdraw removes the published file, whatever its bytes, and forgets what the journal
	// knows of its being there; a missing one is no error. Only Name and Journal are looked
	// at. Idempotent.
	Withdraw(ctx context.Context, f File) error
}
