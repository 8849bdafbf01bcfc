package main

import (
	"bytes"
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

// partFiles holds the bodies of rendered parts in a folder of its own until their heads
// can be written. It implements transform.PartSink.
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

// saveParts writes every part with its head.
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
	values := transform.HeadValues{Records: info.Rows, Part: info.Part, Parts: len(parts.done), End: time.UnixMilli(job.To).In(job.Zone)}
	if job.Report.IsRaw() {
		values.Records = info.Entries
	}
	head := transform.Head(job.Format, job.Formatting, transform.HeadFields(task.MetadataHeader{Fields: r.header}, values))
	return a.save(partName(r.out, info.Part, len(parts.done)), io.MultiReader(bytes.NewReader(head), body))
}

// partName numbers the file where there are several: messages-2.csv.
func partName(out string, part, parts int) string {
	if out == "-" || parts == 1 {
		return out
	}
	end := filepath.Ext(out)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(out, end), part, end)
}
