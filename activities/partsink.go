package activities

import (
	"context"
	"fmt"
	"io"

	"transporter/internal/contract"
	"transporter/internal/staging"
	"transporter/internal/transform"
)

// partSink stages the bodies of the parts.
type partSink struct {
	stage  *Stage
	prefix string
	pulse  *pulse
	index  RenderIndex
	bytes  int64
}

// Create implements transform.PartSink.
func (s *partSink) Create(ctx context.Context, part int) (transform.PartWriter, error) {
	w, err := s.stage.Create(ctx, fmt.Sprintf("%s/part-%04d", s.prefix, part))
	if err != nil {
		return nil, err
	}
	return &partWriter{Writer: w, body: w, sink: s}, nil
}

type partWriter struct {
	io.Writer
	body *staging.Writer
	sink *partSink
}

// Commit implements transform.PartWriter.
func (w *partWriter) Commit(ctx context.Context, info transform.PartInfo) error {
	ref, err := w.body.Commit(ctx)
	if err != nil {
		return err
	}
	w.sink.index.Parts = append(w.sink.index.Parts, RenderedPart{
		Body: ref, Part: info.Part, Of: info.Of, Entries: info.Entries, Rows: info.Rows, Tail: info.Tail,
	})
	w.sink.bytes += ref.Size
	w.sink.pulse.move(func(c *contract.Cursor) { c.Parts++ })
	return nil
}

// Abort implements transform.PartWriter.
func (w *partWriter) Abort() { w.body.Abort() }
