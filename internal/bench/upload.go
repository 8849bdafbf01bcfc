package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"transporter/internal/destination"
)

// Names of what both upload, and the token of our temporary name.
const (
	oursName   = "ours.pgp"
	theirsName = "theirs.pgp"
	token      = "0123456789abcdef"
)

// upload sends the encrypted file to an OpenSSH server on this machine, login, flush to
// disk, check of the size and renaming included, beside OpenSSH's own client with the same key.
func (b *bench) upload(ctx context.Context) (err error) {
	if _, err := os.Stat(sshdPath); err != nil {
		b.out.remark("upload is not measured: sshd is missing")
		return nil
	}
	server, err := startSSHD(ctx, filepath.Join(b.dir, "sshd"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	f, err := fileOf(b.data.encrypted)
	if err != nil {
		return err
	}
	d, err := server.destination()
	if err != nil {
		return err
	}
	fresh := func(step func(context.Context) error) round {
		return func(ctx context.Context) (time.Duration, error) {
			// A file that is there already would not be sent again.
			if err := emptyFolder(server.outbox); err != nil {
				return 0, err
			}
			return onClock(step)(ctx)
		}
	}
	c := contest{
		step: "upload by SFTP", note: "sshd on the same cores", source: b.data.source, input: f.Size, rounds: b.rounds, name: "sftp is missing",
		ours: fresh(func(ctx context.Context) error { return deliver(ctx, d, f) }),
	}
	if _, err := exec.LookPath("sftp"); err == nil {
		c.name = "OpenSSH sftp -b"
		c.rival = fresh(func(ctx context.Context) error { return server.put(ctx, b.data.encrypted, theirsName) })
	}
	o, err := c.run(ctx)
	b.out.add(o)
	return err
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

// deliver logs in, uploads, compares the size and publishes.
func deliver(ctx context.Context, d destination.Destination, f destination.File) (err error) {
	s, err := d.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Upload(ctx, f, token, func(int64) {}); err != nil {
		return err
	}
	if _, err := s.Verify(ctx, f, token, destination.Size); err != nil {
		return err
	}
	return s.Publish(ctx, f, token, false)
}
