//go:build linux || darwin

package sftpd

import (
	"syscall"

	"github.com/pkg/sftp"
)

var _ sftp.StatVFSFileCmder = handlers{}

// StatVFS tells how much room there is, as OpenSSH does (statvfs@openssh.com): a client
// learns from it that a write failed because the disk is full.
func (h handlers) StatVFS(*sftp.Request) (*sftp.StatVFS, error) {
	folder, err := h.root.Open(".")
	if err != nil {
		return nil, reply(err)
	}
	defer func() { _ = folder.Close() }() // it was only looked at
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(folder.Fd()), &s); err != nil {
		return nil, reply(err)
	}
	size := uint64(s.Bsize)
	return &sftp.StatVFS{
		Bsize: size, Frsize: size, Blocks: s.Blocks, Bfree: s.Bfree, Bavail: s.Bavail, Files: s.Files, Ffree: s.Ffree, Favail: s.Ffree,
	}, nil
}
