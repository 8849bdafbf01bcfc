// Package freeport finds ports for programs that this machine runs beside each other: those
// of the end-to-end tests, of private servers in tests, of the benchmarks.
package freeport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Ports lie below those that systems give to outgoing connections (Linux: from 32768), any of
// which could take a port before the program that it was found for.
const (
	first = 16_000
	last  = 32_000
)

// held is what this process was given. A program takes its port only later, and frees it each
// time that it is stopped and started again, so a look at who listens now is not enough.
var held struct {
	sync.Mutex
	ports map[int]bool
	file  *os.File
}

// Get returns a port of 127.0.0.1 that nobody listens on. Until this process ends, however it
// ends, no other call is given the same, in this or another process of the same user.
func Get() (int, error) {
	for range last - first {
		port := first + rand.IntN(last-first) //nolint:gosec // no secret
		mine, err := hold(port)
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		if mine && idle(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("find a free port: none of %d to %d is", first, last)
}

// hold takes the port unless somebody has it. A port is the lock of one byte of a file that
// all processes share (POSIX, fcntl: F_SETLK), which the system frees with its process.
func hold(port int) (bool, error) {
	held.Lock()
	defer held.Unlock()
	if held.ports[port] { // the locks of a process do not exclude each other
		return false, nil
	}
	if held.file == nil {
		// It stays open: closing a file frees all locks that the process has on it.
		path := filepath.Join(os.TempDir(), "transporter-ports-"+strconv.Itoa(os.Getuid()))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return false, err
		}
		held.file, held.ports = file, map[int]bool{}
	}
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: int64(port), Len: 1}
	err := syscall.FcntlFlock(held.file.Fd(), syscall.F_SETLK, &lock)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) { // which of them is up to the system
		return false, nil
	}
	held.ports[port] = err == nil
	return err == nil, err
}

// idle reports whether the port can be listened on: programs that do not ask here have some.
func idle(port int) bool {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	return err == nil && l.Close() == nil
}
