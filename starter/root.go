package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/config"
	"transporter/internal/httpapi"
)

// Exit codes: 1 for what went wrong, 2 for a wrong command line.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// version is set by the build.
var version = "dev"

// environment is everything that a command takes from outside its arguments.
type environment struct {
	in       io.Reader
	out, err io.Writer
	lookup   func(string) (string, bool)
	now      func() time.Time
	ask      func() (string, error) // reads a line from the terminal without showing it
	terminal bool                   // in is a terminal
}

// app is one invocation: the environment and the flags that every command has.
type app struct {
	environment
	url, tokenFile, account, output string
}

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, env environment, args []string) int {
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.in)
	root.SetOut(env.out)
	root.SetErr(env.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintln(env.err, "starter:", err)
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong command line.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

func newRoot(env environment) *cobra.Command {
	a := &app{environment: env}
	root := &cobra.Command{
		Use:   "starter",
		Short: "Operate the transporter",
		Long: `Operate the transporter: define what is read, when, and where it goes; see what ran;
finish what failed.

Most commands talk to the HTTP API. They find it by --api and show who they are by
the token in --token-file, which the api makes when it starts for the first time.
Every flag can also be given as the variable in brackets.`,
		Example: `  starter account create --description "Support EU" --zone Europe/Madrid
  starter task create -f task.json
  starter task run 01JD40K7M5Q3ZB1A9C8E7G6J4K --watch`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.Transporter.Bind(cmd.Flags(), env.lookup); err != nil {
				return &usageError{err}
			}
			if a.output != outputTable && a.output != outputJSON {
				return usagef("--output is %q: use %s or %s", a.output, outputTable, outputJSON)
			}
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.url, "api", "http://127.0.0.1:8088", "address of the API")
	flags.StringVar(&a.tokenFile, "token-file", ".transporter/token", "file that holds the API's token")
	flags.StringVarP(&a.account, "account", "a", "", "account (default: the only one there is)")
	flags.StringVarP(&a.output, "output", "o", outputTable, "table or json")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		a.bootstrapCommand(), a.reconcileCommand(), a.accountCommand(), a.sourceCommand(), a.destinationCommand(), a.connectorCommand(), a.keyCommand(), a.signerCommand(),
		a.taskCommand(), a.previewCommand(), a.coverageCommand(), a.certificateCommand(), a.verifyCommand(), a.backfillCommand(), a.runCommand(), a.conversationCommand(), a.feedCommand(), a.alertCommand(), a.notificationCommand(), a.reportCommand(), a.vendorCommand(), a.renderCommand(), a.explainCommand(), a.zonesCommand(), a.decryptCommand(),
		a.replayCommand(), a.devCommand(),
	)
	describe(root)
	return root
}

// describe names the variable of every flag and makes wrong arguments a usage error.
func describe(c *cobra.Command) {
	config.Transporter.Describe(c.PersistentFlags())
	config.Transporter.Describe(c.Flags())
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w: %s", err, cmd.UseLine())
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q: see %s --help", args[0], cmd.CommandPath())
			}
			return cmd.Help()
		}
	}
	for _, sub := range c.Commands() {
		describe(sub)
	}
}

// client returns the client of the API.
func (a *app) client() (*apiclient.Client, error) {
	token, err := httpapi.ReadToken(a.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("%w (the api makes the file; say where with --token-file)", err)
	}
	return apiclient.New(apiclient.Config{URL: a.url, Token: token}), nil
}

// scope returns the client and the account that a command works on: the one of --account,
// else the only one.
func (a *app) scope(ctx context.Context) (*apiclient.Client, string, error) {
	client, err := a.client()
	if err != nil || a.account != "" {
		return client, a.account, err
	}
	accounts, err := client.Accounts().List(ctx)
	switch {
	case err != nil:
		return nil, "", err
	case len(accounts) == 1:
		return client, accounts[0].ID, nil
	case len(accounts) == 0:
		return nil, "", errors.New("there is no account: make one with starter account create")
	}
	return nil, "", usagef("there are %d accounts: say which with --account (starter account list)", len(accounts))
}
