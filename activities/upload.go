package activities

import (
	"context"

	"transporter/internal/contract"
)

// Upload sends the files of one leg under temporary names. Retried for the leg's budget;
// it goes on at the file and byte of its cursor, and a file that is there already, under
// its temporary or its final name, is not sent again. The fitness of the keys is checked
// before a byte leaves.
func (a *Run) Upload(ctx context.Context, in contract.LegIn) (contract.UploadOut, error) {
	return beating(ctx, in, atLeg(a, a.upload))
}

func (a *Run) upload(ctx context.Context, w *legWork, pulse *pulse) (out contract.UploadOut, err error) {
	start := pulse.at().Files
	for i, f := range w.files {
		out.Files, out.Bytes = out.Files+1, out.Bytes+f.Size
		if i < start {
			continue
		}
		err := w.session.Upload(ctx, f, w.token, func(offset int64) { pulse.move(w.within(i, offset)) })
		if err != nil {
			return out, err
		}
		pulse.move(w.done(i + 1))
	}
	return out, nil
}
