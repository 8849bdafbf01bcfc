package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"transporter/internal/destination"
)

const (
	// Names of what both upload, and the token of our temporary name.
	oursName   = "ours.pgp"
	theirsName = "theirs.pgp"
	token      = "0123456789abcdef"
	// leastUpload is promised over the fastest rival.
	leastUpload = 1
	parcelSeed  = 1
)

// uploader is a server on this machine and who uploads to it.
type uploader struct {
	step, note string
	ours       destination.Destination
	level      destination.Level // of the check, as far as the rivals check
	rivals     []rival
	clear      func() error // a file that is there already would not be sent again
}

// rival is another program that uploads a file.
type rival struct {
	program, name string
	put           func(ctx context.Context, file string) error
}

// upload sends the encrypted file of the run and a parcel as large as many of them to an
// OpenSSH server and to an S3 server, login, flush to disk as the server does it, check of the
// size and publishing included, beside others with the same key, file and server.
func (b *bench) upload(ctx context.Context) error {
	parcel, err := b.parcel()
	if err != nil {
		return err
	}
	for _, measure := range []func(ctx context.Context, files ...string) error{b.uploadSFTP, b.uploadS3} {
		if err := measure(ctx, b.data.encrypted, parcel); err != nil {
			return err
		}
	}
	return nil
}

// parcel makes a file that cannot be compressed.
func (b *bench) parcel() (path string, err error) {
	path = filepath.Join(b.dir, "parcel")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := io.CopyN(w, rand.NewChaCha8([32]byte{parcelSeed}), b.parcelSize); err != nil {
		return "", err
	}
	return path, w.Flush()
}

// against measures ours beside every rival that is installed, over each file.
func (b *bench) against(ctx context.Context, u uploader, files ...string) error {
	for _, path := range files {
		f, err := fileOf(path)
		if err != nil {
			return err
		}
		ours := u.fresh(func(ctx context.Context) error { return deliver(ctx, u.ours, u.level, f) })
		for _, r := range u.rivals {
			c := contest{
				step: u.step, note: fmt.Sprintf("%.0f MB, %s", float64(f.Size)/1e6, u.note), input: f.Size,
				rounds: b.rounds + 2, ours: ours, name: r.program + " is missing", least: leastUpload,
			}
			if path == b.data.encrypted {
				c.source = b.data.source
			}
			if _, err := exec.LookPath(r.program); err == nil {
				c.name, c.rival = r.name, u.fresh(func(ctx context.Context) error { return r.put(ctx, path) })
			}
			o, err := c.run(ctx)
			if err != nil {
				return err
			}
			b.out.add(o)
		}
		if err := b.readBack(ctx, u, f); err != nil {
			return err
		}
	}
	return nil
}

// readBack measures what no rival does and every run does by default: the file is read back
// and hashed before it gets its name.
func (b *bench) readBack(ctx context.Context, u uploader, f destination.File) error {
	o, err := contest{
		step: u.step + ", read back", note: fmt.Sprintf("%.0f MB, %s", float64(f.Size)/1e6, u.note), input: f.Size, rounds: b.rounds,
		ours: u.fresh(func(ctx context.Context) error { return deliver(ctx, u.ours, destination.Bytes, f) }),
	}.run(ctx)
	b.out.add(o)
	return err
}

// fresh times a step on a place that is empty.
func (u uploader) fresh(step func(context.Context) error) round {
	return func(ctx context.Context) (time.Duration, error) {
		if err := u.clear(); err != nil {
			return 0, err
		}
		return onClock(step)(ctx)
	}
}

func emptyFolder(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Mkdir(path, 0o700)
}

// fileOf describes a file of this machine.
func fileOf(path string) (f destination.File, err error) {
	sum, err := hashOf(path)
	if err != nil {
		return f, err
	}
	f = destination.File{Name: oursName, SHA256: hex.EncodeToString(sum[:])}
	f.Open = func(_ context.Context, offset int64) (io.ReadCloser, error) {
		src, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		_, err = src.Seek(offset, io.SeekStart)
		return src, err
	}
	f.Size, err = sizeOf(path)
	return f, err
}

// deliver logs in, uploads, checks at the level and publishes.
func deliver(ctx context.Context, d destination.Destination, level destination.Level, f destination.File) (err error) {
	f.Journal = &destination.Memory{}
	s, err := d.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f.Want = level
	if err := s.Upload(ctx, f, token, func(int64) {}); err != nil {
		return err
	}
	if _, err := s.Verify(ctx, f, token, f.Want); err != nil {
		return err
	}
	return s.Publish(ctx, f, token, false)
}

// program runs a rival.
func program(ctx context.Context, env []string, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // the rivals, over files of ours
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
