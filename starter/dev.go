package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"transporter/internal/demo"
)

// devCommand runs the whole system here and shows the main job.
func (a *app) devCommand() *cobra.Command {
	c := demo.Config{}
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine and show the main job",
		Long: `Run everything on this machine and show the main job: a Temporal dev server, a local
Conversational Cloud, worker and api are started, two report tasks are defined, their runs
are followed, and what was delivered is decrypted and counted. A consumer then talks to an agent.

State stays in --state; the next start goes on from it.`,
		Example: `  starter dev
  starter dev --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			if c.State, err = filepath.Abs(c.State); err != nil {
				return err
			}
			c.Bin, c.Out, c.Now = filepath.Dir(self), cmd.OutOrStdout(), a.now
			return demo.Run(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&c.State, "state", ".transporter", "folder of everything that is written")
	cmd.Flags().BoolVar(&c.Once, "once", false, "end after the check; status 0 only if it holds")
	return cmd
}
