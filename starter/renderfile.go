package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"transporter/internal/task"
	"transporter/internal/transform"
)

// partFiles holds the bodies of rendered parts in a folder of its own until their
// envelopes can be written. It implements transform.PartSink.
type partFiles struct {
	dir  string
	done []transform.PartInfo
}

func newPartFiles() (*partFiles, error) {
	dir, err := os.MkdirTemp("", "transporter-render-*") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return &partFiles{dir: dir}, nil
}

func (p *partFiles) remove() { _ = os.RemoveAll(p.dir) }

func (p *partFiles) path(part int) string { return filepath.Join(p.dir, fmt.Sprint(part)) }

// Create implements transform.PartSink.
func (p *partFiles) Create(_ context.Context, part int) (transform.PartWriter, error) {
	f, err := os.OpenFile(p.path(part), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &partFile{f, p}, nil
}

type partFile struct {
	*os.File
	of *partFiles
}

// Commit implements transform.PartWriter.
func (f *partFile) Commit(_ context.Context, info transform.PartInfo) error {
	f.of.done = append(f.of.done, info)
	return f.Close()
}

// Abort implements transform.PartWriter.
func (f *partFile) Abort() { _ = f.Close() }

// saveParts writes every part in its envelope.
func (a *app) saveParts(job transform.Job, r *rendering, parts *partFiles) error {
	for _, info := range parts.done {
		if err := a.savePart(job, r, parts, info); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) savePart(job transform.Job, r *rendering, parts *partFiles, info transform.PartInfo) error {
	body, err := os.Open(parts.path(info.Part))
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	defer func() { _ = body.Close() }()
	stat, err := body.Stat()
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	envelope := job.Envelope(task.MetadataHeader{Fields: r.header}, info, len(parts.done), time.UnixMilli(job.To))
	file, w := io.Pipe()
	defer func() { _ = file.Close() }() // ends the writer, should nobody have read to the end
	go func() {
		w.CloseWithError(envelope.Write(w, transform.Body{Reader: body, Size: stat.Size(), Tail: info.Tail}))
	}()
	return a.save(partName(r.out, info.Part, len(parts.done)), file)
}

// partName numbers the file where there are several: messages-2.csv.
func partName(out string, part, parts int) string {
	if out == "-" || parts == 1 {
		return out
	}
	end := filepath.Ext(out)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(out, end), part, end)
}
