// Package devstack runs the whole system on one machine: the Temporal dev server, the
// sandbox, worker and api, each as a process of its own with its log in a file. The demo
// shows it to people, the end-to-end tests kill parts of it.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// readyWithin bounds a program's start: a dev server on a cold disk takes seconds.
	readyWithin = 3 * time.Minute
	// stopWithin is how long a program may take to end by itself.
	stopWithin = 90 * time.Second
	// pollEvery is how often readiness is asked for.
	pollEvery = 25 * time.Millisecond
)

// Process is one program of the stack.
type Process struct {
	Name string
	Log  string // path of its output

	command *exec.Cmd
	ended   chan struct{}
	err     error // of Wait, valid once ended is closed
}

// Program says how to start a process.
type Program struct {
	Name string
	Path string
	Args []string
	Env  []string // added to this process's environment
	Dir  string   // folder of the log
	// Ready is asked until it returns nil.
	Ready func(ctx context.Context) error
}

// Start runs the program and waits until it is ready. One that ends before, or is not
// ready in time, is an error that shows the end of its log.
func Start(ctx context.Context, p Program) (*Process, error) {
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	path := filepath.Join(p.Dir, p.Name+".log")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log of %s: %w", p.Name, err)
	}
	defer out.Close()
	// The process must outlive ctx, which only bounds the start.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.Path, p.Args...) //nolint:gosec // programs of this checkout
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), p.Env...)
	// A group of its own: Ctrl-C at the terminal must reach us, who stop it in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	proc := &Process{Name: p.Name, Log: path, command: cmd, ended: make(chan struct{})}
	go func() {
		proc.err = cmd.Wait()
		close(proc.ended)
	}()
	if err := proc.await(ctx, p.Ready); err != nil {
		proc.Kill()
		return nil, err
	}
	return proc, nil
}

func (p *Process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		last := ready(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended while starting (%w):\n%s", p.Name, p.err, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; its log ends:\n%s", p.Name, last, p.tail())
		case <-tick.C:
		}
	}
}

// tail returns the last lines of the log.
func (p *Process) tail() string {
	const keep = 12
	b, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-keep):], "\n")
}

// PID returns the process id.
func (p *Process) PID() int { return p.command.Process.Pid }

// Ended is closed when the process has ended, for whatever reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends the process at once, as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // the whole group; it may be gone already
	<-p.ended
}

// Stop asks the process to end and waits; one that does not is killed and reported.
func (p *Process) Stop() error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopWithin):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.Name, stopWithin)
	}
}
