package activities

import (
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/pgp"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// packer writes the files of one run.
type packer struct {
	run      *Run
	plan     *Plan
	account  account.Snapshot
	rendered RenderIndex
	base     string // hash of the rendered index
	job      transform.Job
	pulse    *pulse
}

func (p *packer) pack(ctx context.Context, leg *PlannedLeg) (PackedLeg, error) {
	out := PackedLeg{ID: leg.ID, Report: p.rendered.Report, Columns: p.rendered.Columns, Tracked: p.rendered.Tracked, Table: p.rendered.Table, Absent: p.rendered.Absent, Tells: p.rendered.Tells}
	now := p.run.Now()
	keys, err := fitKeys(p.account, leg, now)
	if err != nil {
		return out, err
	}
	how := sealing{keys: keys, gzip: leg.Leg.Gzips(), message: pgp.Message{Now: now, Armor: leg.Leg.Encryption.Armor}}
	if how.message.Signer, err = p.run.signer(p.account, leg); err != nil {
		return out, err
	}
	names, err := namesOf(p.plan, leg)
	if err != nil {
		return out, err
	}
	for _, part := range p.rendered.Parts {
		if p.skipEmpty(part) {
			continue
		}
		nth, of := p.rendered.place(part)
		name, inner := names.part(part.Of, nth, of)
		file := PackedFile{Name: name, Encrypted: len(keys) > 0, Part: part.Part, Of: part.Of, Rows: part.Rows}
		if file.Ref, err = p.file(ctx, leg, how, part, inner); err != nil {
			return out, err
		}
		out.Files = append(out.Files, file)
		p.pulse.move(func(c *contract.Cursor) { c.Files++ })
	}
	return out, nil
}

// skipEmpty applies the task's choice for windows without rows: only header_only delivers
// a file, the others none (empty_with_marker delivers the manifest alone). A revision and a
// table as it is that have no rows any more are delivered always: they take the place of rows.
func (p *packer) skipEmpty(part RenderedPart) bool {
	revises := p.rendered.Tracked != nil && p.rendered.Tracked.After != nil
	if revises || p.job.Report.FeedDelivery(p.job.Params) == report.DeliverySnapshot {
		return false
	}
	return part.Rows == 0 && len(p.rendered.Parts) == 1 && p.plan.Spec.EmptyResult != task.EmptyHeaderOnly
}

// file makes one file, or finds the one an earlier attempt or another leg made.
func (p *packer) file(ctx context.Context, leg *PlannedLeg, how sealing, part RenderedPart, inner string) (ref Ref, err error) {
	envelope := p.envelope(part)
	how.message.Name = inner
	readers, err := pgp.Readers(how.keys, how.message.Now)
	if err != nil {
		return ref, err
	}
	inputs := []any{p.base, part.Part, envelope.Head(), leg.fingerprints(), readers, leg.Signer, how.message.Armor, inner}
	if envelope.Contains() {
		inputs = append(inputs, envelope)
	}
	if how.gzip {
		inputs = append(inputs, task.CompressionGzip)
	}
	key, err := digest("encrypt/2", inputs...)
	if err != nil {
		return ref, err
	}
	prefix := artefactsPrefix(p.plan.Delivery) + "/packed-" + key
	if done, err := p.run.Stage.Committed(ctx, prefix+"/commit", &ref); err != nil || done {
		return ref, err
	}
	create := p.run.Stage.Create
	if len(how.keys) > 0 {
		create = p.run.Stage.CreateRaw
	}
	w, err := create(ctx, prefix)
	if err != nil {
		return ref, err
	}
	defer w.Abort()
	if err := p.write(ctx, w, how, envelope, part); err != nil {
		return ref, err
	}
	if ref, err = w.Commit(ctx); err != nil {
		return ref, err
	}
	if err := p.run.checkSealed(ctx, ref, how.keys); err != nil {
		return ref, err
	}
	return ref, p.run.settle(ctx, prefix+"/commit", &ref)
}

// sealing says how the files of a leg are packed: compressed, then encrypted; without keys they are
// clear.
type sealing struct {
	gzip    bool
	keys    []*pgp.Key
	message pgp.Message
}

// write streams the file through the encryption, if there is one.
func (p *packer) write(ctx context.Context, w io.Writer, how sealing, envelope transform.Envelope, part RenderedPart) error {
	inner := how.message.Name
	src, err := p.run.Stage.Open(ctx, part.Body)
	if err != nil {
		return err
	}
	defer src.Close()
	dst := io.WriteCloser(nopCloser{w})
	if len(how.keys) > 0 {
		if dst, err = pgp.Encrypt(w, how.keys, how.message); err != nil {
			return err
		}
	}
	body := transform.Body{Reader: &meter{Reader: src, tell: p.read}, Size: part.Body.Size, Tail: part.Tail}
	if err := how.envelop(dst, envelope, body); err != nil {
		return fmt.Errorf("write %s: %w", inner, err)
	}
	if err := dst.Close(); err != nil {
		return fmt.Errorf("finish %s: %w", inner, err)
	}
	return nil
}

// envelop writes the file, compressed where the leg asks for it: one gzip member without a time or a name
// (RFC 1952 section 2.3), so that a second attempt makes the same bytes.
func (s sealing) envelop(dst io.Writer, envelope transform.Envelope, body transform.Body) error {
	if !s.gzip {
		return envelope.Write(dst, body)
	}
	zip := gzip.NewWriter(dst)
	if err := envelope.Write(zip, body); err != nil {
		return err
	}
	return zip.Close()
}

func (p *packer) read(n int64) { p.pulse.move(func(c *contract.Cursor) { c.Bytes += n }) }

// envelope holds the metadata header. Its end is the scheduled execution time, which belongs
// to the window, so that a second rendering gives the same bytes.
func (p *packer) envelope(part RenderedPart) transform.Envelope {
	nth, of := p.rendered.place(part)
	info := transform.PartInfo{Part: nth, Entries: part.Entries, Rows: part.Rows, Tail: part.Tail}
	return p.job.Envelope(p.plan.Spec.MetadataHeader, info, of, p.plan.Fire)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
