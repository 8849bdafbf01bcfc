package sftpd

import (
	"io"
	"os"

	"github.com/pkg/sftp"
)

// Filelist lists a folder or describes a file.
func (h handlers) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	switch r.Method {
	case "List":
		return h.list(local(r.Filepath))
	case "Stat":
		return one(h.root.Stat(local(r.Filepath)))
	}
	return nil, sftp.ErrSSHFxOpUnsupported
}

// Lstat describes a file without following it.
func (h handlers) Lstat(r *sftp.Request) (sftp.ListerAt, error) {
	return one(h.root.Lstat(local(r.Filepath)))
}

func (h handlers) list(name string) (sftp.ListerAt, error) {
	d, err := h.root.Open(name)
	if err != nil {
		return nil, reply(err)
	}
	defer func() { _ = d.Close() }() // it was only read
	infos, err := d.Readdir(-1)
	if err != nil {
		return nil, reply(err)
	}
	return infoList(infos), nil
}

func one(info os.FileInfo, err error) (sftp.ListerAt, error) {
	if err != nil {
		return nil, reply(err)
	}
	return infoList{info}, nil
}

type infoList []os.FileInfo

// ListAt implements sftp.ListerAt.
func (l infoList) ListAt(dst []os.FileInfo, offset int64) (int, error) {
	if offset >= int64(len(l)) {
		return 0, io.EOF
	}
	n := copy(dst, l[offset:])
	if n < len(dst) {
		return n, io.EOF
	}
	return n, nil
}
