// Package account holds what an account owns besides its tasks' results: settings,
// sources, destinations, receivers' public keys and the registry of tasks. The types
// are pure values; credentials appear only sealed.
package account

import (
	"time"

	"transporter/internal/task"
)

// Sealed is a secret closed to a public key: only the holder of the private key reads
// it. It is safe in histories and answers, but answers leave it out.
type Sealed struct {
	KeyID string `json:"kid"`
	Enc   []byte `json:"enc"` // HPKE encapsulated key
	Data  []byte `json:"data"`
}

// Meta is common to everything an account owns.
type Meta struct {
	ID          string    `json:"id"` // ULID made by the server
	Description string    `json:"description"`
	Version     int       `json:"version"` // counts edits; the ETag
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Settings of an account.
type Settings struct {
	Zone    string `json:"zone"` // IANA name; empty until set up
	Version int    `json:"version"`
}

// Kinds of sources.
const (
	SourceLivePerson = "liveperson" // a platform account
	SourceConnector  = "connector"  // the conversations that apps of the account hold; needs no credentials
	SourceASAPP      = "asapp"      // tables that a platform exports to object storage
)

// Source is a platform account that can be read, or what we hold ourselves. Secret opens to a JSON
// object with an object for each kind of its credentials.
type Source struct {
	Meta
	Kind            string      `json:"kind"`                  // one of the kinds
	PlatformAccount string      `json:"platformAccount"`       // of SourceConnector: the account's own id; of SourceASAPP: the company
	Credentials     []string    `json:"credentials,omitempty"` // kinds, of package access; see Kinds
	Domain          string      `json:"domain,omitempty"`      // base URL of the domain API; empty: the public one
	CA              string      `json:"ca,omitempty"`          // PEM of an extra root, for private look-alikes
	RateLimits      *RateLimits `json:"rateLimits,omitempty"`
	Feeds           *Feeds      `json:"feeds,omitempty"` // of SourceASAPP
	Secret          Sealed      `json:"secret"`
	Tested          *Test       `json:"tested,omitempty"` // nil until it is tested
}

// Kinds returns the kinds of the source's credentials. Sources of the platform that name none are
// of the time when an API key was the only one.
func (s Source) Kinds() []string {
	if s.Kind == SourceConnector {
		return nil
	}
	if len(s.Credentials) == 0 {
		return []string{"oauth1"}
	}
	return s.Credentials
}

// RateLimits bounds what we ask of the platform account; zero values take defaults.
type RateLimits struct {
	Concurrent int     `json:"concurrent,omitempty"`
	PerSecond  float64 `json:"perSecond,omitempty"`
}

// Destination is a place that takes files. Config holds the kind's own public fields;
// Secret opens to a JSON object of the kind's credentials.
type Destination struct {
	Meta
	Kind   string            `json:"kind"` // of internal/destination/kind
	Config map[string]string `json:"config,omitempty"`
	Secret Sealed            `json:"secret,omitzero"`
	Verify string            `json:"verify,omitempty"` // best-effort: a weaker check is marked, not refused
	Tested *Test             `json:"tested,omitempty"` // nil until it is tested
}

// Key is a receiver's OpenPGP public key.
type Key struct {
	Meta
	Armored     string     `json:"armored"`
	Fingerprint string     `json:"fingerprint"`
	Algorithm   string     `json:"algorithm"`
	NotBefore   *time.Time `json:"notBefore,omitempty"`
	NotAfter    *time.Time `json:"notAfter,omitempty"`
	Revoked     bool       `json:"revoked,omitempty"`

	Successor *Successor `json:"successor,omitempty"`
}

// Task states.
const (
	TaskEnabled  = "enabled"
	TaskDisabled = "disabled"
)

// Task is the registry's entry of a report task. The spec ledger in the store is the
// truth for what and when; Spec here is its newest entry.
type Task struct {
	Meta
	State      string    `json:"state"`
	Generation int       `json:"generation"`
	Spec       task.Spec `json:"spec"`
	Anchor     time.Time `json:"anchor,omitzero"` // when it was made or last reset
}

// Begun returns when the task was made or last reset, which anchors its boundaries.
func (t Task) Begun() time.Time {
	if t.Anchor.IsZero() {
		return t.CreatedAt
	}
	return t.Anchor
}

// Snapshot is everything of an account at one moment.
type Snapshot struct {
	ID           string                 `json:"id"`
	Description  string                 `json:"description"`
	Created      bool                   `json:"created"`
	Closed       bool                   `json:"closed"`
	CreatedAt    time.Time              `json:"createdAt"`
	Settings     Settings               `json:"settings"`
	Plan         string                 `json:"plan,omitempty"` // empty: PlanPremium
	Limits       Limits                 `json:"limits,omitzero"`
	PlanVersion  int                    `json:"planVersion,omitempty"`
	Notify       Notifications          `json:"notify,omitzero"`
	Sources      map[string]Source      `json:"sources,omitempty"`
	Destinations map[string]Destination `json:"destinations,omitempty"`
	Keys         map[string]Key         `json:"keys,omitempty"`
	Signer       *Signer                `json:"signer,omitempty"` // nil: files are not signed
	Tasks        map[string]Task        `json:"tasks,omitempty"`
	Apps         map[string]App         `json:"apps,omitempty"`
}

// Labels names a task's destinations for people, one a leg; no secrets.
func (s Snapshot) Labels(spec task.Spec) []string {
	out := make([]string, len(spec.Destinations))
	for i, leg := range spec.Destinations {
		d := s.Destinations[leg.Destination]
		out[i] = d.Kind + ": " + d.Description
	}
	return out
}

// Notifications says who is told of runs unless a task says otherwise.
type Notifications struct {
	When     string    `json:"when,omitempty"` // task.NotifyNone (also when empty), NotifyFailure, NotifyAlways
	Emails   []string  `json:"emails,omitempty"`
	Webhooks []Webhook `json:"webhooks,omitempty"`
	Version  int       `json:"version,omitempty"`
}

// Webhook takes notifications as signed HTTP requests. Secret opens to the signing key.
type Webhook struct {
	URL    string `json:"url"`
	Secret Sealed `json:"secret,omitzero"`
}
