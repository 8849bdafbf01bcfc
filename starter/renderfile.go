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
	all := map[string]int{}
	for _, info := range parts.done {
		all[info.Of]++
	}
	if len(all) > 1 && r.out == "-" {
		return usagef("--join of a second file makes two files: say where with --to")
	}
	nth := map[string]int{}
	for _, info := range parts.done {
		nth[info.Of]++
		place := placed{parts.path(info.Part), nth[info.Of], all[info.Of]}
		if err := a.savePart(job, r, info, place); err != nil {
			return err
		}
	}
	return nil
}

// placed is the body of a part, which is one of so many of its kind.
type placed struct {
	path    string
	nth, of int
}

func (a *app) savePart(job transform.Job, r *rendering, info transform.PartInfo, place placed) error {
	body, err := os.Open(place.path)
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	defer func() { _ = body.Close() }()
	stat, err := body.Stat()
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	info.Part = place.nth
	envelope := job.Envelope(task.MetadataHeader{Fields: r.header}, info, place.of, time.UnixMilli(job.To))
	file, w := io.Pipe()
	defer func() { _ = file.Close() }() // ends the writer, should nobody have read to the end
	go func() {
		w.CloseWithError(envelope.Write(w, transform.Body{Reader: body, Size: stat.Size(), Tail: info.Tail}))
	}()
	return a.save(partName(r.out, info.Of, place), file)
}

// partName numbers the file where there are several, messages-2.csv, and names a second one.
func partName(out, of string, place placed) string {
	if out == "-" {
		return out
	}
	end := filepath.Ext(out)
	name := strings.TrimSuffix(out, end)
	if place.of > 1 {
		name = fmt.Sprintf("%s-%d", name, place.nth)
	}
	if of != "" {
		name += "." + of
	}
	return name + end
}
