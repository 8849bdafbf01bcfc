// Package demo shows the main job to a newcomer: it starts the whole system on one
// machine, defines an account with two report tasks, watches their runs, then decrypts
// and counts what was delivered against what the sandbox says exists. A consumer then talks to an
// agent.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
)

// Config says where the demo keeps its state and what it shows.
type Config struct {
	Bin, State string
	Once       bool // end after the check
	Out        io.Writer
	Now        func() time.Time
}

// demo is one showing.
type demo struct {
	Config
	stack   *devstack.Stack
	client  *apiclient.Client
	secrets secrets
	made    made
}

// Run shows the main job and returns nil only if everything that exists was delivered and
// could be read by the receiver. It stops what it started; its state stays, and the next
// showing goes on from it.
func Run(ctx context.Context, c Config) (err error) {
	d := &demo{Config: c}
	began := c.Now()
	d.say("transporter demo · state in %s", near(c.State))
	if err := d.start(ctx); err != nil {
		return err
	}
	defer func() {
		d.say("\nstopping")
		err = errors.Join(err, d.stack.Close())
	}()
	if err := d.define(ctx); err != nil {
		return err
	}
	if err := d.deliver(ctx); err != nil {
		return err
	}
	d.say("\nthe main job took %.0f s", c.Now().Sub(began).Seconds())
	if err := d.talk(ctx); err != nil {
		return err
	}
	d.say("\nLook around:")
	d.addresses()
	if c.Once {
		return nil
	}
	d.say("\nrunning until Ctrl-C; the next hour's run starts by itself")
	<-ctx.Done()
	return nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.Out, format+"\n", args...) }

// start brings up the system with secrets of this machine.
func (d *demo) start(ctx context.Context) error {
	ports := devstack.FixedPorts()
	if err := ports.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(d.State, 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	var err error
	if d.secrets, err = openSecrets(d.State); err != nil {
		return err
	}
	d.stack, err = devstack.Open(ctx, devstack.Config{
		Bin: d.Bin, State: d.State, Ports: ports, SFTP: true, SandboxEnv: d.secrets.sandboxEnv(),
		Sandbox: []string{"--account", fmt.Sprintf("%s=%d", platformAccount, conversations), "--agents", "auto", "--agent-speed", "10"},
	}, func(format string, args ...any) { d.say("  "+format, args...) })
	if err != nil {
		return err
	}
	token, err := d.stack.Token()
	if err != nil {
		return errors.Join(fmt.Errorf("read the API's token: %w", err), d.stack.Close())
	}
	d.client = apiclient.New(apiclient.Config{URL: d.stack.APIURL(), Token: token})
	return nil
}

func (d *demo) addresses() {
	d.say("  Temporal UI   %s/namespaces/%s/workflows", d.stack.UIURL(), devstack.Namespace)
	d.say("  HTTP API      %s/docs (token in %s)", d.stack.APIURL(), near(d.stack.TokenFile()))
	d.say("  SFTP folder   %s", near(d.stack.SFTPRoot()))
	d.say("  logs          %s", near(d.stack.Logs()))
	d.say("  command line  bin/starter run list")
}

// near writes a path as people type it: from the folder they are in, if it lies there.
func near(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}
