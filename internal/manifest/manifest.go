// Package manifest is the signed list beside every delivery, and the check of a folder of
// deliveries by those lists alone: no system of ours is asked. docs/manifest.md describes
// the format.
package manifest

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/signed"
	"transporter/internal/task"
)

// Format names the form of manifests; a change of meaning changes it, and readers refuse
// what they do not know.
const Format = "transporter-manifest/2"

// FormatChanges names the form of manifests whose files hold only what changed since an
// earlier revision: whoever does not know it would take them for the whole window.
const FormatChanges = "transporter-manifest/3"

// Manifest says what one delivery of one window consists of, and which window comes before
// it, so that a missing one shows. It holds no data of the rows.
type Manifest struct {
	Format  string   `json:"format"`  // Format
	Account string   `json:"account"` // of the platform
	Task    string   `json:"task"`
	Leg     string   `json:"leg"`    // tells the destinations of a task apart
	Report  string   `json:"report"` // id@version
	Columns []string `json:"columns,omitempty"`

	task.Window // half-open, UTC

	Zone       string       `json:"zone"`       // IANA name, of the task
	Generation int          `json:"generation"` // raised by edits of what the task reads and writes
	Revision   int          `json:"revision"`   // 0 is the first delivery; the greatest one holds
	Revises    *Revises     `json:"revises,omitempty"`
	Table      *Table       `json:"table,omitempty"` // of feeds that deliver changes or a table as it is
	Previous   *task.Window `json:"previous,omitempty"`
	SkipsEmpty bool         `json:"skipsEmpty,omitempty"` // windows without rows have no manifest
	Rows       int64        `json:"rows"`
	Files      []File       `json:"files"`
	Keys       []string     `json:"keys,omitempty"` // OpenPGP fingerprints that can read the files

	// Absent are parts of the window of which a feed has nothing though it should have: what happened
	// then is not known.
	Absent []task.Window `json:"absent,omitempty"`
}

// Revises says how a revision differs from an earlier one that it was compared with.
type Revises struct {
	Revision int    `json:"revision"` // the earlier one
	Mode     string `json:"mode"`     // full: in place of it; changes: to be applied to it
	Held     int64  `json:"held"`     // rows of the window afterwards
	Added    int64  `json:"added"`
	Changed  int64  `json:"changed"`
	Removed  int64  `json:"removed"`

	// Rows of records that cannot be read any more and that somebody accepted to do without: Stay of Held are
	// as they were delivered, Lost of Removed are taken away.
	Stay int64 `json:"stay,omitempty"`
	Lost int64 `json:"lost,omitempty"`
}

// Table says where a delivery stands among those of its table, whatever its window: the states of
// a task's generation are delivered in the order of their numbers, from 1, without a gap.
type Table struct {
	State int `json:"state"`
}

// Changes reports whether the files hold only what changed since an earlier revision.
func (m Manifest) Changes() bool { return m.Revises != nil && m.Revises.Mode == task.RevisionsChanges }

// Revise makes m the manifest of a revision.
func (m *Manifest) Revise(r Revises) {
	m.Revises = &r
	if m.Changes() {
		m.Format = FormatChanges
	}
}

// File is one delivered file as it lies beside the manifest: Size and SHA256 (hex) are of
// its bytes there, encrypted or not.
type File struct {
	Name   string `json:"name"` // without folders
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	Part   int    `json:"part"` // from 1, over all files

	Of string `json:"of,omitempty"` // the second file that it is of; empty: the report's own records
}

// envelope is what the manifest's file holds.
type envelope[T any] struct {
	Manifest  T      `json:"manifest"`
	Signature []byte `json:"signature"`
}

// Sign returns the text of the manifest's file, signed as package signed says. The same
// manifest and key always give the same bytes.
func Sign(m Manifest, key ed25519.PrivateKey) ([]byte, error) {
	_, signature, err := signed.Sign(m, key)
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	text, err := json.MarshalIndent(envelope[Manifest]{m, signature}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return append(text, '\n'), nil
}

// Read returns the manifest that the text holds, if the key signed it and what it lists is
// sound. Anything else is fault.Corrupt.
func Read(text []byte, key ed25519.PublicKey) (m Manifest, err error) {
	var e envelope[json.RawMessage]
	if err := json.Unmarshal(text, &e); err != nil || e.Manifest == nil {
		return m, fault.New(fault.Corrupt, "it is no JSON of a manifest")
	}
	if err := signed.Verify("manifest", e.Manifest, e.Signature, key, &m); err != nil {
		return m, err
	}
	return m, m.sound()
}

// format is the one that the manifest must say it has.
func (m Manifest) format() string {
	if m.Changes() {
		return FormatChanges
	}
	return Format
}

// sound holds what the manifest claims against what it lists. Names are the ones of this
// folder: a manifest never points elsewhere.
func (m Manifest) sound() error {
	wrong := func(format string, args ...any) *fault.Error { return fault.New(fault.Corrupt, format, args...) }
	if want := m.format(); m.Format != want {
		return wrong("its format is %q, not %s", m.Format, want).WithFix("use a starter of the version that wrote it")
	}
	if r := m.Revises; m.Changes() && (r.Revision >= m.Revision || m.Rows != r.Added+r.Changed+r.Removed) {
		return wrong("it says %d rows added, %d changed and %d removed since revision %d, and has %d", r.Added, r.Changed, r.Removed, r.Revision, m.Rows)
	}
	if !m.From.Before(m.To) {
		return wrong("its window from %s to %s is empty", m.From, m.To)
	}
	var rows int64
	var names []string
	for i, f := range m.Files {
		rows += f.Rows
		switch {
		case f.Name == "" || strings.ContainsAny(f.Name, `/\`) || f.Name == "." || f.Name == "..":
			return wrong("it lists %q, which is no name of a file beside it", f.Name)
		case slices.Contains(names, f.Name):
			return wrong("it lists %s twice", f.Name)
		case f.Part != i+1:
			return wrong("it lists %s as part %d, where part %d is due", f.Name, f.Part, i+1)
		case len(f.SHA256) != signed.SHA256Hex || f.Size < 0 || f.Rows < 0:
			return wrong("it lists %s without size, rows and SHA-256", f.Name)
		}
		names = append(names, f.Name)
	}
	if rows != m.Rows {
		return wrong("it says %d rows, and its files have %d", m.Rows, rows)
	}
	return nil
}
