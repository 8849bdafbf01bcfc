package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/coverage"
	"transporter/internal/human"
)

func (a *app) certificateCommand() *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use: "certificate TASK", Short: "Sign what was delivered of a task", Args: cobra.ExactArgs(1),
		Long: "Write a signed certificate that windows tile the period and that each is delivered or empty,\nwith the hashes of receipts, or what breaks that. Keep it in a file; starter verify checks it.",
		Example: `  starter certificate 01JD40K7M5Q3ZB1A9C8E7G6J4K > november.json
  starter verify november.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var first, last time.Time
			if err := times(given{"--from", from, &first}, given{"--to", to, &last}); err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.Certificate(cmd.Context(), account, args[0], first, last)
			if err != nil {
				return err
			}
			text, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				return fmt.Errorf("write certificate: %w", err)
			}
			_, err = fmt.Fprintln(a.out, string(text))
			return err
		},
	}
	c.Flags().StringVar(&from, "from", "", "begin of the period, RFC 3339 (default: of the first window)")
	c.Flags().StringVar(&to, "to", "", "end of the period, RFC 3339 (default: of the last window that is due)")
	return c
}

func (a *app) showCertificate(v coverage.Certificate) error {
	if a.output == outputJSON {
		if err := a.print(v, table{}); err != nil {
			return err
		}
	} else {
		if err := a.show(v, "task", v.Task, "from", when(v.From), "to", when(v.To), "issued", when(v.IssuedAt),
			"complete", yesNo(v.Complete), "windows with receipt", human.Number(int64(len(v.Windows))), "problems", human.Number(int64(len(v.Problems)))); err != nil {
			return err
		}
		t := table{head: []string{"from", "to", "why"}}
		for _, p := range v.Problems {
			t.add(when(p.From), when(p.To), statusText(p.Why))
		}
		if len(t.rows) > 0 {
			a.say("")
			if err := a.print(nil, t); err != nil {
				return err
			}
		}
	}
	if !v.Complete {
		return fmt.Errorf("the signature is good; the period is not complete: %s", human.Count(len(v.Problems), "problem"))
	}
	return nil
}
