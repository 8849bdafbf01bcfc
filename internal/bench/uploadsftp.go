package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"transporter/internal/destination"
)

// uploadSFTP measures against OpenSSH's server.
func (b *bench) uploadSFTP(ctx context.Context, files ...string) (err error) {
	if _, err := os.Stat(sshdPath); err != nil {
		b.out.remark("upload by SFTP is not measured: sshd is missing")
		return nil
	}
	server, err := startSSHD(ctx, filepath.Join(b.dir, "sshd"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	d, err := server.destination()
	if err != nil {
		return err
	}
	return b.against(ctx, uploader{
		step: "upload by SFTP", note: "sshd on the same cores", ours: d, level: destination.Size,
		rivals: []rival{{"sftp", "OpenSSH sftp -b", server.sftp}, {"rclone", "rclone copyto", server.rclone}},
		clear:  func() error { return emptyFolder(server.outbox) },
	}, files...)
}

// sftp uploads a file with OpenSSH's own client, flushed to disk (-f) as ours is.
func (s *sshd) sftp(ctx context.Context, file string) error {
	batch := s.path("batch")
	if err := os.WriteFile(batch, fmt.Appendf(nil, "put -f %s %s\n", file, filepath.Join(s.outbox, theirsName)), 0o600); err != nil {
		return err
	}
	return program(ctx, nil, "sftp", "-q", "-b", batch, "-P", fmt.Sprint(s.port), "-i", s.identity, "-F", "none",
		"-o", "UserKnownHostsFile="+s.path("known"), s.user+"@127.0.0.1")
}

// rclone uploads a file with rclone and its defaults. It flushes nothing to disk.
func (s *sshd) rclone(ctx context.Context, file string) error {
	return program(ctx, []string{
		"RCLONE_CONFIG=" + s.path("rclone.conf"), "RCLONE_SFTP_HOST=127.0.0.1", "RCLONE_SFTP_PORT=" + fmt.Sprint(s.port), "RCLONE_SFTP_USER=" + s.user,
		"RCLONE_SFTP_KEY_FILE=" + s.identity, "RCLONE_SFTP_KNOWN_HOSTS_FILE=" + s.path("known"), "RCLONE_SFTP_SHELL_TYPE=none",
	}, "rclone", "copyto", file, ":sftp:"+filepath.Join(s.outbox, theirsName))
}
