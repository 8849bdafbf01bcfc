package devstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"transporter/internal/keys"
	"transporter/internal/temporalx"
)

// Namespace is the Temporal namespace of the stack.
const Namespace = "transporter"

// Config describes a stack. Bin holds the programs worker, api and sandbox; State takes
// everything that is written and may be used again.
type Config struct {
	Bin, State  string
	TemporalCLI string // empty: TEMPORAL_CLI, else temporal on the PATH
	Ports       Ports
	Sandbox     []string // further flags of the sandbox
	SandboxEnv  []string // further variables of the sandbox
	Worker      []string // further flags of the worker
	API         []string // further flags of the api
	SFTP        bool     // start the sandbox's SFTP server
	VersityGW   string   // path of an S3 server that the sandbox exports feeds to; empty: none
}

// Stack is the running system.
type Stack struct {
	Config
	Temporal, S3, Sandbox, Worker, API, Codec *Process // S3 may be nil
}

// s3Server is the one program of the stack that may be left out.
const s3Server = "S3 server"

// Open creates the key files and starts what the main job needs, in order: Temporal with
// its namespace, the sandbox, worker, api and codec. Say is told each step.
func Open(ctx context.Context, c Config, say func(string, ...any)) (*Stack, error) {
	s := &Stack{Config: c}
	for _, start := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"Temporal dev server", s.StartTemporal},
		{"namespace, search attributes and keys", s.bootstrap},
		{s3Server, s.StartS3},
		{"sandbox: a local Conversational Cloud", s.StartSandbox},
		{"worker", s.StartWorker},
		{"api", s.StartAPI},
		{"codec server for the Temporal UI", s.StartCodec},
	} {
		if start.what == s3Server && c.VersityGW == "" {
			continue
		}
		began := time.Now()
		if err := start.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("start %s: %w", start.what, err), s.Close())
		}
		say("started %s (%.1f s)", start.what, time.Since(began).Seconds())
	}
	return s, nil
}

// Close stops everything in the reverse order.
func (s *Stack) Close() error {
	var errs []error
	for _, p := range []*Process{s.Codec, s.API, s.Worker, s.Sandbox, s.S3, s.Temporal} {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	return errors.Join(errs...)
}

func (s *Stack) dir(parts ...string) string {
	return filepath.Join(append([]string{s.State}, parts...)...)
}

// Keys is the folder of key files, Store the URL of the store.
func (s *Stack) Keys() string { return s.dir("keys") }

// Store is the URL of the store.
func (s *Stack) Store() string { return "file://" + s.dir("store") }

// StoreDir is the store's folder.
func (s *Stack) StoreDir() string { return s.dir("store") }

// SFTPRoot is the folder that the SFTP server shows.
func (s *Stack) SFTPRoot() string { return s.dir("sftp") }

// Logs is the folder of the programs' logs.
func (s *Stack) Logs() string { return s.dir("logs") }

// TokenFile holds the API's bearer token.
func (s *Stack) TokenFile() string { return s.dir("token") }

// APIURL is where the API answers.
func (s *Stack) APIURL() string { return "http://" + Local(s.Ports.API) }

// DomainURL is the sandbox's plain domain API.
func (s *Stack) DomainURL() string { return "http://" + Local(s.Ports.Domain) }

// UIURL is the Temporal UI.
func (s *Stack) UIURL() string { return "http://" + Local(s.Ports.UI) }

// DatabaseFile is the Temporal server's database.
func (s *Stack) DatabaseFile() string { return s.dir("temporal.db") }

// StartTemporal starts the dev server on its file database.
func (s *Stack) StartTemporal(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.State, 0o700); err != nil {
		return err
	}
	cli, err := s.temporalCLI()
	if err != nil {
		return err
	}
	port := func(n int) string { return fmt.Sprint(n) }
	s.Temporal, err = Start(ctx, Program{
		Name: "temporal", Path: cli, Dir: s.Logs(), Ready: listening(s.Ports.Temporal),
		Args: []string{
			"server", "start-dev", "--ip", "127.0.0.1", "--port", port(s.Ports.Temporal), "--ui-port", port(s.Ports.UI),
			"--http-port", port(s.Ports.TemporalHTTP), "--db-filename", s.DatabaseFile(),
			// Three times the throughput of the default journal.
			"--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal",
			"--dynamic-config-value", "matching.useNewMatcher=true", "--dynamic-config-value", "matching.enableFairness=true",
			"--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead=true",
			"--ui-codec-endpoint", "http://" + Local(s.Ports.Codec), "--log-level", "error",
		},
	})
	return err
}

func (s *Stack) temporalCLI() (string, error) {
	for _, name := range []string{s.TemporalCLI, os.Getenv("TEMPORAL_CLI"), "temporal"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New(`no Temporal CLI: run "make tools", or put temporal on the PATH`)
}

// bootstrap makes key files, namespace and search attributes; what is there is kept.
func (s *Stack) bootstrap(ctx context.Context) error {
	if err := keys.Create(s.Keys()); err != nil {
		return err
	}
	o, err := s.ClientOptions()
	if err != nil {
		return err
	}
	return temporalx.Bootstrap(ctx, o)
}

// ClientOptions returns what a Temporal client of the stack is made with.
func (s *Stack) ClientOptions() (temporalx.Options, error) {
	ring, err := keys.Codec(s.Keys())
	return temporalx.Options{
		HostPort: Local(s.Ports.Temporal), Namespace: Namespace, Keys: ring,
		Logger: slog.New(slog.DiscardHandler), Wait: readyWithin,
	}, err
}

// StartSandbox starts the look-alike, and the SFTP server if asked for.
func (s *Stack) StartSandbox(ctx context.Context) (err error) {
	args := []string{
		"--listen", Local(s.Ports.Sandbox), "--domain-listen", Local(s.Ports.Domain), "--state", s.dir("sandbox"),
	}
	if s.SFTP {
		if err := os.MkdirAll(s.SFTPRoot(), 0o700); err != nil {
			return err
		}
		args = append(args, "--sftp-addr", Local(s.Ports.SFTP), "--sftp-root", s.SFTPRoot())
	}
	args = append(args, s.feedFlags()...)
	args = append(args, "--webhook-host", "*=http://"+Local(s.Ports.API)) // in place of a proxy that ends TLS
	s.Sandbox, err = Start(ctx, Program{
		Name: "sandbox", Path: filepath.Join(s.Bin, "sandbox"), Args: append(args, s.Config.Sandbox...), Dir: s.Logs(),
		Env: s.SandboxEnv, Ready: answering(s.DomainURL() + "/_admin/ca.pem"),
	})
	return err
}

// temporalEnv points a program at the stack's Temporal.
func (s *Stack) temporalEnv() []string {
	return []string{"TEMPORAL_ADDRESS=" + Local(s.Ports.Temporal), "TEMPORAL_NAMESPACE=" + Namespace}
}

// StartWorker starts a worker with every role.
func (s *Stack) StartWorker(ctx context.Context) (err error) {
	s.Worker, err = s.AnotherWorker(ctx, "worker", s.Ports.WorkerMetrics)
	return err
}

// AnotherWorker starts one more worker with every role, which the caller stops.
func (s *Stack) AnotherWorker(ctx context.Context, name string, metrics int) (*Process, error) {
	args := []string{"--keys", s.Keys(), "--store", s.Store(), "--metrics-listen", Local(metrics)}
	for _, port := range []int{s.Ports.Sandbox, s.Ports.Domain, s.Ports.SFTP, s.Ports.S3} {
		args = append(args, "--allow", Local(port))
	}
	return Start(ctx, Program{
		Name: name, Path: filepath.Join(s.Bin, "worker"), Args: append(args, s.Config.Worker...), Dir: s.Logs(),
		Env: s.temporalEnv(), Ready: answering("http://" + Local(metrics) + "/readyz"),
	})
}

// listening is ready when somebody accepts connections on the port.
func listening(port int) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", Local(port))
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// answering is ready when the URL answers 200.
func answering(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, res.Status)
		}
		return nil
	}
}
