// Command api serves the HTTP API, or with --role=codec the payload codec that the
// Temporal UI asks to show payloads.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"transporter/internal/account"
	"transporter/internal/config"
	"transporter/internal/guard"
)

// Exit codes: 1 for what went wrong, 2 for a wrong command line.
const (
	exitFailed = 1
	exitUsage  = 2
)

// version is set by the build.
var version = "dev"

func main() {
	o, err := parse(os.Args[1:], os.LookupEnv)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	serve := serveAPI
	if o.role == roleCodec {
		serve = serveCodec
	}
	if err := serve(ctx, o, logger); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		stop()
		os.Exit(exitFailed) //nolint:gocritic // stop has run
	}
}

// Roles of the process.
const (
	roleAPI   = "api"
	roleCodec = "codec"
)

// Ports that the documentation names.
const (
	defaultAPI   = "127.0.0.1:8088"
	defaultCodec = "127.0.0.1:8089"
)

type options struct {
	role, listen, metrics       string
	keys, store, token, secrets string
	secretEnv, temporalUI       string
	publicURL                   string
	codecOrigins, allow         []string
	codecLoopback               bool
	now                         string
	plans                       account.Plans
	keepArtefacts               time.Duration
}

func parse(args []string, lookup func(string) (string, bool)) (options, error) {
	var o options
	f := pflag.NewFlagSet("api", pflag.ContinueOnError)
	f.StringVar(&o.role, "role", roleAPI, "api: the HTTP API; codec: payloads for the Temporal UI, with the codec key alone")
	f.StringVar(&o.listen, "listen", "", "address to listen on (default "+defaultAPI+"; codec: "+defaultCodec+")")
	f.StringVar(&o.metrics, "metrics-listen", "", "address that serves /metrics (default: none)")
	f.StringVar(&o.keys, "keys", ".transporter/keys", "folder of key files, made by: starter bootstrap")
	f.StringVar(&o.store, "store", "", "where receipts and files are kept, such as file:///var/lib/transporter or s3://bucket")
	f.StringVar(&o.token, "token-file", ".transporter/token", "file of the bearer token; made if it is missing")
	f.StringVar(&o.secrets, "secrets-dir", "", `folder that {"file": "name"} in credentials refers to (default: none allowed)`)
	f.StringVar(&o.secretEnv, "secret-env-prefix", "TRANSPORTER_SECRET_", `beginning of the variables that {"env": "NAME"} in credentials may refer to`)
	f.StringVar(&o.temporalUI, "temporal-ui", "http://127.0.0.1:8233", "address of the Temporal UI, for links")
	f.StringVar(&o.publicURL, "public-url", "", "address under which platforms reach this api, for the webhooks of apps, such as https://hooks.example.com")
	f.StringSliceVar(&o.allow, "allow", nil, "host:port that links to credential files may lead to although it is loopback, private or link-local")
	f.StringSliceVar(&o.codecOrigins, "codec-origin", []string{"http://127.0.0.1:8233", "http://localhost:8233"}, "codec: origins of the Temporal UI")
	f.BoolVar(&o.codecLoopback, "codec-loopback", false, "codec: serve this machine without a token, for a Temporal UI without sign-in")
	f.DurationVar(&o.keepArtefacts, "keep-artefacts", config.KeepArtefacts, "how long workers keep rendered files, as theirs: links in mails live no longer; 0 for good")
	f.StringVar(&o.now, "now", "", config.ClockUsage)
	f.Var((*planLimits)(&o.plans.Basic), "plan-basic", `limits of the basic plan in place of its own, as in PUT /v1/accounts/{a}/plan: such as {"tasks": 5, "window": "7d", "frequencies": ["once", "daily"]}`)
	f.Var((*planLimits)(&o.plans.Premium), "plan-premium", `limits of the premium plan in place of its own, such as {"tasks": 50, "perReport": 10}`)
	config.Transporter.Describe(f)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if err := config.Transporter.Bind(f, lookup); err != nil {
		return o, err
	}
	return o, o.check(f.Args())
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q: see --help", rest[0])
	case o.role != roleAPI && o.role != roleCodec:
		return fmt.Errorf("--role is %q: use %s or %s", o.role, roleAPI, roleCodec)
	case o.role == roleAPI && o.store == "":
		return errors.New("--store is missing: the same as the worker's, such as file:///var/lib/transporter")
	case o.secretEnv == "":
		return errors.New("--secret-env-prefix is empty: it would let callers read every variable of this process")
	}
	if err := (guard.Config{Allow: o.allow}).Validate(); err != nil {
		return err
	}
	if o.listen == "" {
		o.listen = map[string]string{roleAPI: defaultAPI, roleCodec: defaultCodec}[o.role]
	}
	return nil
}
