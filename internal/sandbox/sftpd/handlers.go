package sftpd

import (
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
)

// handlers map SFTP requests to the folder.
type handlers struct{ root *os.Root }

var (
	_ sftp.OpenFileWriter       = handlers{}
	_ sftp.PosixRenameFileCmder = handlers{}
	_ sftp.LstatFileLister      = handlers{}
)

// local turns a request's path into one relative to the folder.
func local(p string) string {
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p != "" {
		return p
	}
	return "."
}

// Fileread opens a file for reading.
func (h handlers) Fileread(r *sftp.Request) (io.ReaderAt, error) { return h.file(r, os.O_RDONLY) }

// Filewrite opens a file for writing.
func (h handlers) Filewrite(r *sftp.Request) (io.WriterAt, error) { return h.file(r, os.O_WRONLY) }

// OpenFile opens a file for both.
func (h handlers) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	return h.file(r, os.O_RDWR)
}

// file opens with the flags the client sent. Append is left to the offsets that clients
// send, as the library asks.
func (h handlers) file(r *sftp.Request, mode int) (*openFile, error) {
	flags := r.Pflags()
	for _, f := range []struct {
		set  bool
		flag int
	}{{flags.Creat, os.O_CREATE}, {flags.Excl, os.O_EXCL}, {flags.Trunc, os.O_TRUNC}} {
		if f.set && mode != os.O_RDONLY {
			mode |= f.flag
		}
	}
	f, err := h.root.OpenFile(local(r.Filepath), mode, 0o644)
	if err != nil {
		return nil, reply(err)
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		_ = f.Close()
		return nil, sftp.ErrSSHFxFailure
	}
	return &openFile{f}, nil
}

// openFile answers failed writes as everything else, a full disk with a plain failure.
type openFile struct{ *os.File }

// WriteAt implements io.WriterAt.
func (f *openFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.File.WriteAt(p, offset)
	return n, reply(err)
}

// Filecmd does everything that neither reads nor lists.
func (h handlers) Filecmd(r *sftp.Request) error {
	name, target := local(r.Filepath), local(r.Target)
	switch r.Method {
	case "Setstat":
		return reply(h.setstat(r, name))
	case "Rename":
		return reply(h.rename(name, target))
	case "Mkdir":
		return reply(h.root.Mkdir(name, 0o755))
	case "Remove":
		return reply(h.remove(name, false))
	case "Rmdir":
		return reply(h.remove(name, true))
	case "Link":
		return reply(h.root.Link(name, target))
	}
	return sftp.ErrSSHFxOpUnsupported // symbolic links among them
}

// PosixRename overwrites.
func (h handlers) PosixRename(r *sftp.Request) error {
	return reply(h.root.Rename(local(r.Filepath), local(r.Target)))
}

// rename does not overwrite: like OpenSSH it links a file to its new name, which fails
// when that exists, and then removes the old one.
func (h handlers) rename(from, to string) error {
	info, err := h.root.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		if err := h.root.Link(from, to); err != nil {
			return err
		}
		return h.root.Remove(from)
	}
	if _, err := h.root.Lstat(to); err == nil {
		return os.ErrExist
	}
	return h.root.Rename(from, to)
}

// remove keeps apart what rm and rmdir may take.
func (h handlers) remove(name string, folder bool) error {
	info, err := h.root.Lstat(name)
	if err != nil {
		return err
	}
	if info.IsDir() != folder {
		return sftp.ErrSSHFxFailure
	}
	return h.root.Remove(name)
}

func (h handlers) setstat(r *sftp.Request, name string) error {
	flags, attrs := r.AttrFlags(), r.Attributes()
	if flags.Size {
		if err := h.truncate(name, int64(attrs.Size)); err != nil {
			return err
		}
	}
	if flags.Permissions {
		if err := h.root.Chmod(name, attrs.FileMode().Perm()); err != nil {
			return err
		}
	}
	if flags.Acmodtime {
		return h.root.Chtimes(name, time.Unix(int64(attrs.Atime), 0), time.Unix(int64(attrs.Mtime), 0))
	}
	return nil
}

func (h handlers) truncate(name string, size int64) error {
	f, err := h.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

// reply turns a local error into what OpenSSH answers, without local paths: no such file,
// permission denied, or plain failure.
func reply(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return sftp.ErrSSHFxNoSuchFile
	case errors.Is(err, os.ErrPermission):
		return sftp.ErrSSHFxPermissionDenied
	}
	return sftp.ErrSSHFxFailure
}
