package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"time"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/manifest"
	"transporter/internal/report"
	"transporter/internal/task"
)

// manifestOf describes the file set of one leg. It depends on plan and files only, so a
// second attempt makes the same bytes.
func manifestOf(plan *Plan, leg *PlannedLeg, packed PackedLeg) (manifest.Manifest, error) {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil {
		return manifest.Manifest{}, err
	}
	if err := sameReport(packed.Report, def); err != nil {
		return manifest.Manifest{}, err
	}
	m := manifest.Manifest{
		Format: manifest.Format, Account: plan.PlatformAccount, Task: plan.Delivery.Task, Leg: leg.ID, Report: def.Ref(),
		Window: windowOf(plan.Window), Zone: plan.Spec.Zone, Generation: plan.Delivery.Generation, Revision: plan.Delivery.Revision,
		SkipsEmpty: !marksEmpty(plan, leg), Keys: leg.fingerprints(), Files: []manifest.File{},
	}
	if before := plan.Previous; before != nil {
		w := windowOf(*before)
		m.Previous = &w
	}
	if m.Columns = packed.Columns; m.Columns == nil { // of records as they are, or rendered by an earlier release
		job, err := jobOf(plan)
		if err != nil {
			return m, err
		}
		m.Columns = job.Columns()
	}
	if t := packed.Tracked; t != nil && t.After != nil {
		m.Revise(manifest.Revises{Revision: *t.After, Mode: t.Mode, Held: t.Held, Added: t.Added, Changed: t.Changed, Removed: t.Removed, Stay: t.Stay, Lost: t.Lost})
	}
	m.Table = packed.Table
	for _, w := range packed.Absent {
		m.Absent = append(m.Absent, task.Window(w))
	}
	for _, f := range packed.Files {
		m.Rows += f.Rows
		m.Files = append(m.Files, manifest.File{
			Name: path.Base(f.Name), Size: f.Ref.Size, SHA256: f.Ref.SHA256, Rows: f.Rows, Part: f.Part, Of: f.Of,
		})
	}
	return m, nil
}

// marksEmpty tells whether a window without rows has a manifest: in a partition always.
func marksEmpty(plan *Plan, leg *PlannedLeg) bool {
	return leg.Leg.Layout == task.LayoutPartitioned || plan.Spec.EmptyResult == task.EmptyMarker || plan.Spec.EmptyResult == task.EmptyHeaderOnly
}

func windowOf(s contract.Span) task.Window {
	return task.Window{From: time.UnixMilli(s.From).UTC(), To: time.UnixMilli(s.To).UTC()}
}

// manifest returns the leg's signed manifest as one more file to deliver.
func (a *Run) manifest(w *legWork) (destination.File, error) {
	m, err := manifestOf(&w.plan, w.leg, w.packed)
	if err != nil {
		return destination.File{}, err
	}
	text, err := manifest.Sign(m, a.Key)
	if err != nil {
		return destination.File{}, err
	}
	return a.note(w, destination.Manifest, w.names.manifest(), text), nil
}

// note makes a file of the transporter's own, such as the manifest, in the leg's folder.
func (a *Run) note(w *legWork, role destination.Role, name string, text []byte) destination.File {
	sum := sha256.Sum256(text)
	f := destination.File{
		Name: path.Join(w.leg.Leg.Path, name), Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]),
		Want: max(w.asked(), w.session.Default()), About: aboutLeg(&w.plan, w.leg),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(text[min(offset, int64(len(text))):])), nil
		},
	}
	f.About.Role, f.Journal = role, a.journal(&w.plan, w.leg, f.Name)
	return f
}
