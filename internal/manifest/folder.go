package manifest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"transporter/internal/destination"
)

// Names of the files that stand for a delivery, beside its data.
const (
	Suffix    = ".manifest.json" // of a manifest in the flat layout
	Partition = "_manifest.json" // the manifest of a partition
	Success   = "_SUCCESS"       // the empty marker of a partition
)

// maxManifest bounds what is read of a file that calls itself a manifest, in bytes.
const maxManifest = 16 << 20

// Finding is something to know about a folder. Path is relative to it.
type Finding struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Report is what the check of a folder found. The delivery is whole only without problems;
// notes need a look at most.
type Report struct {
	Tasks    []Summary `json:"tasks"`
	Files    int       `json:"files"` // data files, all of them read
	Bytes    int64     `json:"bytes"`
	Problems []Finding `json:"problems"`
	Notes    []Finding `json:"notes"`
}

// Summary is what the folder holds of one leg of a task.
type Summary struct {
	Task    string    `json:"task"`
	Leg     string    `json:"leg"`
	Report  string    `json:"report"` // id@version of the newest manifest
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Windows int       `json:"windows"`
	Rows    int64     `json:"rows"` // of every window, with all of its revisions
}

// found is a manifest and where it lies.
type found struct {
	Manifest

	path string
}

// held is how many rows the window has.
func (m Manifest) held() int64 {
	if m.Revises != nil {
		return m.Revises.Held
	}
	return m.Rows
}

// folder is a check while it goes on.
type folder struct {
	fsys   fs.FS
	report Report
	sizes  map[string]int64 // of every file
	listed map[string]bool
	all    []found
}

// Check holds every manifest below the folder against its signature and the files beside
// it, and the manifests of each task against each other. It reads every listed file once.
// Fails only where the folder cannot be read at all; what is wrong inside is in the report.
func Check(ctx context.Context, fsys fs.FS, key ed25519.PublicKey) (Report, error) {
	c := &folder{
		fsys: fsys, sizes: map[string]int64{}, listed: map[string]bool{},
		report: Report{Tasks: []Summary{}, Problems: []Finding{}, Notes: []Finding{}},
	}
	if err := c.list(); err != nil {
		return c.report, err
	}
	paths := c.paths()
	for _, p := range paths {
		if isManifest(p) {
			c.read(p, key)
		}
	}
	for i := range c.all {
		if err := c.files(ctx, &c.all[i]); err != nil {
			return c.report, err
		}
	}
	c.rest(paths)
	c.chain()
	return c.report, nil
}

func isManifest(p string) bool { return strings.HasSuffix(p, Suffix) || path.Base(p) == Partition }

func (c *folder) problem(p, format string, args ...any) {
	c.report.Problems = append(c.report.Problems, Finding{p, fmt.Sprintf(format, args...)})
}

func (c *folder) note(p, format string, args ...any) {
	c.report.Notes = append(c.report.Notes, Finding{p, fmt.Sprintf(format, args...)})
}

// list finds every file; those whose names begin with a dot belong to somebody's tools.
func (c *folder) list() error {
	return fs.WalkDir(c.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		info, err := fs.Stat(c.fsys, p)
		if err != nil {
			return err
		}
		c.sizes[p] = info.Size()
		return nil
	})
}

func (c *folder) paths() []string {
	out := make([]string, 0, len(c.sizes))
	for p := range c.sizes {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// read checks one manifest by itself.
func (c *folder) read(p string, key ed25519.PublicKey) {
	if c.sizes[p] > maxManifest {
		c.problem(p, "it has %d bytes: too many for a manifest", c.sizes[p])
		return
	}
	text, err := fs.ReadFile(c.fsys, p)
	if err != nil {
		c.problem(p, "%v", err)
		return
	}
	m, err := Read(text, key)
	if err != nil {
		c.problem(p, "%v", err)
		return
	}
	c.all = append(c.all, found{m, p})
}

// files holds the files beside a manifest against what it lists, and looks for the marker
// of a partition.
func (c *folder) files(ctx context.Context, m *found) error {
	dir := path.Dir(m.path)
	for _, f := range m.Files {
		p := path.Join(dir, f.Name)
		c.listed[p] = true
		size, there := c.sizes[p]
		switch {
		case !there:
			c.problem(p, "it is not there, and %s lists it", m.path)
			continue
		case size != f.Size:
			c.problem(p, "it has %d bytes, and %s says %d", size, m.path, f.Size)
			continue
		}
		sum, err := c.digest(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			c.problem(p, "%v", err)
		case sum != f.SHA256:
			c.problem(p, "its SHA-256 is %s, and %s says %s", sum, m.path, f.SHA256)
		}
		c.report.Files++
		c.report.Bytes += size
	}
	if path.Base(m.path) != Partition {
		return nil
	}
	marker := path.Join(dir, Success)
	c.listed[marker] = true
	if size, there := c.sizes[marker]; !there {
		c.problem(dir, "the partition has no %s: its delivery is not finished", Success)
	} else if size > 0 {
		c.problem(marker, "it has %d bytes, and the marker is empty", size)
	}
	return nil
}

func (c *folder) digest(ctx context.Context, p string) (string, error) {
	f, err := c.fsys.Open(p)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	_, sum, err := destination.Digest(ctx, f)
	return sum, err
}

// rest names the files that no manifest vouches for.
func (c *folder) rest(paths []string) {
	for _, p := range paths {
		switch {
		case c.listed[p] || isManifest(p):
		case path.Base(p) == Success:
			c.problem(p, "the partition is marked as finished and has no manifest")
		default:
			c.problem(p, "no manifest lists it: it is still being delivered, or not ours")
		}
	}
}
