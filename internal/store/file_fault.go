package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"transporter/internal/fault"
)

// fileFault classifies what the file system said about a key or folder. Errors that
// carry a kind already, and ErrExists, keep it.
func fileFault(verb, name string, err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		e := *known
		e.Message, e.Err = fmt.Sprintf("%s %s: %s", verb, name, known.Message), err
		return &e
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.New(fault.StorageFull, "%s %s: %w", verb, name, err).
			WithFix("free space or raise the quota of the store's file system; the run then goes on by itself")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.New(fault.PermissionDenied, "%s %s: %w", verb, name, err).
			WithFix("let the worker's user read and write the store's folder")
	case errors.Is(err, syscall.EXDEV):
		return fault.New(fault.InvalidSpec, "%s %s: %w", verb, name, err).
			WithFix("keep the whole store on one file system")
	case isNotFolder(err):
		return fault.New(fault.InvalidSpec, "%s %s: a part of the path is an object or another file", verb, name)
	}
	return fmt.Errorf("%s %s: %w", verb, name, err)
}

func isNotFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
