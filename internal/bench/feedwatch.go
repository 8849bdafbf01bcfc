package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what a program took of the machine.
type usage struct {
	peak      int // of resident memory, KiB
	processor time.Duration
}

func (u usage) most(o usage) usage { return usage{max(u.peak, o.peak), max(u.processor, o.processor)} }

// watched runs a program and returns how long it took, and what it used. Its peak of memory is kept
// by Linux (VmHWM in proc(5)), and is looked up until it ends.
func watched(ctx context.Context, in string, args ...string) (took time.Duration, used usage, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // this program and its rival, over files of ours
	var said strings.Builder
	cmd.Stdin, cmd.Stderr = strings.NewReader(in), &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, used, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if kib, err := strconv.Atoi(found(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid), `VmHWM:\s*(\d+) kB`, "")); err == nil {
			used.peak = max(used.peak, kib)
		}
		select {
		case err := <-ended:
			if err != nil {
				err = fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, said.String())
			}
			used.processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			return time.Since(began), used, err
		case <-tick.C:
		}
	}
}

// content is what a file of lines says, in whatever order.
type content struct {
	rows int
	sum  [2]uint64 // of the halves of the lines' SHA-256
}

// contentOf reads the files of a pattern.
func contentOf(pattern string) (c content, err error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return c, err
	}
	for _, path := range paths {
		if err := c.read(path); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *content) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	for lines.Scan() {
		h := sha256.Sum256(lines.Bytes())
		c.rows++
		c.sum[0] += binary.BigEndian.Uint64(h[:])
		c.sum[1] += binary.BigEndian.Uint64(h[8:])
	}
	return lines.Err()
}
