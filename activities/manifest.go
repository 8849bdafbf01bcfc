package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/report"
)

// manifestFormat names the layout of the manifest; readers refuse what they do not know.
const manifestFormat = "transporter-manifest/1"

// Manifest is the file beside every delivered file set, written last: what was delivered,
// and how a receiver can check it. It holds no data of the rows.
type Manifest struct {
	Format   string         `json:"format"`
	Account  string         `json:"account"`
	Task     string         `json:"task"`
	Report   string         `json:"report"` // id@version
	Columns  []string       `json:"columns,omitempty"`
	From     string         `json:"from"` // RFC 3339, the window is half-open
	To       string         `json:"to"`
	Zone     string         `json:"zone"`
	Revision int            `json:"revision"`
	Rows     int64          `json:"rows"`
	Files    []ManifestFile `json:"files"`
	Keys     []string       `json:"keys,omitempty"` // fingerprints of the receivers
}

// ManifestFile is one delivered file as it lies at the destination.
type ManifestFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	Part   int    `json:"part"`
}

// manifestOf describes the file set of one leg. It depends on plan and files only, so a
// second attempt makes the same bytes.
func manifestOf(plan *Plan, leg *PlannedLeg, files []PackedFile) (Manifest, error) {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{
		Format: manifestFormat, Account: plan.PlatformAccount, Task: plan.Delivery.Task, Report: def.Ref(),
		From: rfc3339(plan.Window.From), To: rfc3339(plan.Window.To), Zone: plan.Spec.Zone,
		Revision: plan.Delivery.Revision, Keys: leg.fingerprints(), Files: []ManifestFile{},
	}
	for _, c := range def.Columns {
		m.Columns = append(m.Columns, c.Name)
	}
	for _, f := range files {
		m.Rows += f.Rows
		m.Files = append(m.Files, ManifestFile{Name: f.Name, Size: f.Ref.Size, SHA256: f.Ref.SHA256, Rows: f.Rows, Part: f.Part})
	}
	return m, nil
}

// file turns the manifest into one more file to deliver.
func (m Manifest) file(name string) (destination.File, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return destination.File{}, fmt.Errorf("write manifest: %w", err)
	}
	b = append(b, '\n')
	sum := sha256.Sum256(b)
	return destination.File{
		Name: name, Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:]),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(b[min(offset, int64(len(b))):])), nil
		},
	}, nil
}

func rfc3339(ms int64) string { return time.UnixMilli(ms).UTC().Format(contract.MillisLayout) }
