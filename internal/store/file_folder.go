package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// makeFolder makes the folder and its parents, each synced into its parent before
// anything is put into it.
func (f *File) makeFolder(folder string) error {
	if _, known := f.folders.Load(folder); known {
		return nil
	}
	parent := filepath.Dir(folder)
	if stat, err := os.Stat(folder); err == nil && !stat.IsDir() {
		return syscall.ENOTDIR
	}
	if folder != parent && len(folder) > len(f.root) {
		if err := f.makeFolder(parent); err != nil {
			return err
		}
	}
	if err := f.mkdir(folder); err != nil {
		return err
	}
	if err := f.syncFolder(parent); err != nil {
		return err
	}
	f.folders.Store(folder, true)
	return nil
}

// mkdir makes one folder below the root, or the root with all its parents.
func (f *File) mkdir(folder string) error {
	if err := f.step("mkdir", folder); err != nil {
		return err
	}
	if folder == f.root {
		return os.MkdirAll(folder, folderMode)
	}
	if err := os.Mkdir(folder, folderMode); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// forget drops what is known of the folder and its parents.
func (f *File) forget(folder string) {
	for len(folder) > len(f.root) {
		f.folders.Delete(folder)
		folder = filepath.Dir(folder)
	}
}

func (f *File) syncFolder(folder string) error {
	if err := f.step("syncfolder", folder); err != nil {
		return err
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f *File) remove(path string) error {
	if err := f.step("remove", path); err != nil {
		return err
	}
	return os.Remove(path)
}
