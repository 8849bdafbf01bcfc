package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/destination"
)

// Upload sends the files of one leg under temporary names. Retried for the leg's budget;
// it goes on at the file and byte of its cursor, and a file that is there already, under
// its temporary or its final name, is not sent again. Before a byte leaves, the keys are
// checked to be fit and every file to be for them and nobody else.
func (a *Run) Upload(ctx context.Context, in contract.LegIn) (contract.UploadOut, error) {
	return beating(ctx, in, atLeg(a, a.upload))
}

func (a *Run) upload(ctx context.Context, w *legWork, pulse *pulse) (out contract.UploadOut, err error) {
	if err := a.checkReceivers(ctx, w); err != nil {
		return out, err
	}
	if !w.session.Atomic() { // files are seen from the first byte on
		if err := a.takePartition(ctx, w); err != nil {
			return out, err
		}
	}
	start := pulse.at().Files
	for i, f := range w.files {
		out.Files, out.Bytes = out.Files+1, out.Bytes+f.Size
		if i < start {
			continue
		}
		if err := a.put(ctx, w, f, func(offset int64) { pulse.move(w.within(i, offset)) }); err != nil {
			return out, err
		}
		pulse.move(w.done(i + 1))
	}
	return out, nil
}

// put uploads a file. Where that writes under the final name, the name is taken before.
func (a *Run) put(ctx context.Context, w *legWork, f destination.File, progress destination.Progress) (err error) {
	if !w.session.Atomic() {
		if f.Replace, err = a.takeName(ctx, w, f); err != nil {
			return err
		}
	}
	return w.session.Upload(ctx, f, w.token, progress)
}
