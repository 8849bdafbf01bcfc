package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/keys"
	"transporter/internal/temporalx"
)

func (a *app) bootstrapCommand() *cobra.Command {
	var dir string
	var wait time.Duration
	c := &cobra.Command{
		Use: "bootstrap", Short: "Prepare keys and the Temporal namespace", Args: cobra.NoArgs,
		Long: `Make what everything else needs: the folder of key files, and in Temporal the
namespace with 30 days of history and the search attributes. It keeps what is there,
so it may be run again at any time. Back the key folder up: what was written under its
keys cannot be read without them.

Temporal is found by the standard variables TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and
the like.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := keys.Create(dir); err != nil {
				return err
			}
			ring, err := keys.Codec(dir)
			if err != nil {
				return err
			}
			o := temporalx.Options{Keys: ring, Wait: wait, Logger: slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
			client, err := temporalx.ClientOptions(o)
			if err != nil {
				return err
			}
			if err := temporalx.Bootstrap(cmd.Context(), o); err != nil {
				return err
			}
			done := struct {
				Keys      string `json:"keys"`
				Namespace string `json:"namespace"`
				Server    string `json:"server"`
			}{dir, client.Namespace, client.HostPort}
			return a.show(done, "keys", done.Keys, "namespace", done.Namespace, "server", done.Server)
		},
	}
	c.Flags().StringVar(&dir, "keys", ".transporter/keys", "folder of key files")
	c.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to wait for the Temporal server")
	return c
}
