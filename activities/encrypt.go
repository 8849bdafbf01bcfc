package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/manifest"
)

// PackIndex is the file set of every leg, ready to leave.
type PackIndex struct {
	Legs []PackedLeg `json:"legs"`
}

// PackedLeg is the file set of one leg.
type PackedLeg struct {
	ID     string       `json:"id"`
	Files  []PackedFile `json:"files"`
	Report string       `json:"report,omitempty"` // RenderIndex.Report

	Columns []string `json:"columns,omitempty"` // transform.Result

	Tracked *contract.Tracked `json:"tracked,omitempty"` // how it differs from the delivery before
	Table   *manifest.Table   `json:"table,omitempty"`   // which state of a feed's table it is
	Absent  feed.Windows      `json:"silent,omitempty"`  // of which parts of the window a feed has nothing
	Tells   bool              `json:"tells,omitempty"`   // the delivery before did not say so of these parts
}

// size sums the files.
func (l PackedLeg) size() (sum int64) {
	for _, f := range l.Files {
		sum += f.Ref.Size
	}
	return sum
}

// PackedFile is one file as the receiver gets it. An encrypted one is stored as it is, a
// clear one sealed.
type PackedFile struct {
	Name      string `json:"name"` // without the leg's folder
	Ref       Ref    `json:"ref"`
	Encrypted bool   `json:"encrypted"`
	Part      int    `json:"part"`
	Of        string `json:"of,omitempty"` // the second file that it is of
	Rows      int64  `json:"rows"`
}

// Encrypt puts the envelope around every rendered part and writes it for each leg, encrypted to
// the leg's keys or clear where the leg says so. Legs with the same keys share the bytes.
// A file that is committed is not made again; other keys make other files.
func (a *Run) Encrypt(ctx context.Context, in contract.StepIn) (contract.EncryptOut, error) {
	return beating(ctx, in, a.encrypt)
}

func (a *Run) encrypt(ctx context.Context, in contract.StepIn, pulse *pulse) (out contract.EncryptOut, err error) {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return out, err
	}
	var rendered RenderIndex
	if err := a.Stage.GetJSON(ctx, in.Rendered, &rendered); err != nil {
		return out, err
	}
	release, err := hold(ctx, a.Memory, encryptWeight)
	if err != nil {
		return out, err
	}
	defer release()
	job, err := jobOf(&plan)
	if err != nil {
		return out, err
	}
	if err := sameReport(rendered.Report, job.Report); err != nil {
		return out, err
	}
	packer := &packer{run: a, plan: &plan, rendered: rendered, pulse: pulse, base: in.Rendered.SHA256, job: job}
	if packer.account, err = a.Accounts.Snapshot(ctx, plan.Delivery.Account); err != nil {
		return out, err
	}
	pulse.move(func(c *contract.Cursor) { *c = contract.Cursor{OfFiles: len(plan.Legs) * len(rendered.Parts)} })
	var index PackIndex
	for i := range plan.Legs {
		leg, err := packer.pack(ctx, &plan.Legs[i])
		if err != nil {
			return out, err
		}
		index.Legs = append(index.Legs, leg)
		out.Files, out.Bytes = max(out.Files, len(leg.Files)), max(out.Bytes, leg.size())
	}
	out.Index, err = a.Stage.PutJSON(ctx, artefactsPrefix(plan.Delivery)+"/packed", index)
	return out, err
}

// errNoLeg tells that plan and input disagree, which only a hand-made input can cause.
func errNoLeg(id string) error {
	return fault.New(fault.InvalidSpec, "leg %s is not in the plan of this run", id)
}
