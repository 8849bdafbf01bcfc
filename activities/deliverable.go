package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"time"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// aboutLeg describes what a leg delivers; its files add part and rows.
func aboutLeg(plan *Plan, leg *PlannedLeg) destination.About {
	about := destination.About{
		Delivery: plan.of(leg.ID).Key(), Account: plan.PlatformAccount, Task: plan.Delivery.Task,
		Description: plan.Spec.Description, Report: plan.report(), Format: plan.Spec.Format,
		From: time.UnixMilli(plan.Window.From).UTC(), To: time.UnixMilli(plan.Window.To).UTC(), Zone: plan.Spec.Zone,
		Revision: plan.Delivery.Revision,
	}
	if plan.redelivers() {
		about.Again = plan.Attempt
	}
	return about
}

// deliverable gives a packed file to a destination, in the leg's folder there.
func (a *Run) deliverable(plan *Plan, leg *PlannedLeg, about destination.About, f PackedFile) destination.File {
	about.Role, about.Part, about.Rows = destination.Data, f.Part, f.Rows
	name := path.Join(leg.Leg.Path, f.Name)
	out := destination.File{Name: name, Size: f.Ref.Size, SHA256: f.Ref.SHA256, About: about, Journal: a.journal(plan, leg, name)}
	out.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) { return a.openClear(ctx, f.Ref, offset) }
	if f.Encrypted {
		out.Kept = f.Ref.Key
		out.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			return a.Stage.OpenRaw(ctx, f.Ref, offset)
		}
	}
	return out
}

// journal is where the upload of one file of a leg remembers how far it came.
func (a *Run) journal(plan *Plan, leg *PlannedLeg, name string) destination.Journal {
	sum := sha256.Sum256([]byte(name))
	return a.Stage.Journal(uploadsPrefix(plan.of(leg.ID)) + "/" + hex.EncodeToString(sum[:8]))
}

// openClear opens a sealed object at an offset of its clear bytes.
func (a *Run) openClear(ctx context.Context, ref Ref, offset int64) (io.ReadCloser, error) {
	r, err := a.Stage.Open(ctx, ref)
	if err != nil || offset == 0 {
		return r, err
	}
	if _, err := io.CopyN(io.Discard, r, offset); err != nil {
		_ = r.Close() // the read error is the one to report
		return nil, fault.New(fault.Corrupt, "skip to byte %d of a staged file: %w", offset, err)
	}
	return r, nil
}
