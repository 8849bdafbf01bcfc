package main

import (
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) keyRotate() *cobra.Command {
	var next httpapi.Successor
	var from, at string
	var cancel bool
	c := &cobra.Command{
		Use: "rotate KEY", Short: "Let another key take over from a key", Args: cobra.ExactArgs(1),
		Long: `Let another key of the account take over from a key, in every task that names it: files are for
both keys from --from on, and for the new one alone from --switch on. What was delivered before can
be sent again for the new key: starter run redeliver, starter backfill start --mode redeliver.`,
		Example: `  starter key add --description "WFM vendor, 2027" -f wfm27.public.asc
  starter key rotate 01JD41M2N3P4Q5R6S7T8V9W0X1 --to 01JD41P8Q9R0S1T2V3W4X5Y6Z7 --switch 2026-12-01T00:00:00Z
  starter key rotate 01JD41M2N3P4Q5R6S7T8V9W0X1 --cancel`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cancel == (next.Key != "" || at != "") {
				return usagef("say --to and --switch, or --cancel")
			}
			begin := time.Time{}
			if err := times(given{"--from", from, &begin}, given{"--switch", at, &next.Switch}); err != nil {
				return err
			}
			if !begin.IsZero() {
				next.From = &begin
			}
			all, err := keyThing.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, tag, err := all.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			body := httpapi.Key{Description: v.Description, Armored: v.Armored, NotBefore: v.NotBefore, NotAfter: v.NotAfter}
			if !cancel {
				body.Successor = &next
			}
			if v, err = all.Replace(cmd.Context(), args[0], body, apiclient.Write{IfMatch: tag}); err != nil {
				return err
			}
			return a.show(v, keyThing.show(v)...)
		},
	}
	c.Flags().StringVar(&next.Key, "to", "", "the key that takes over")
	c.Flags().StringVar(&from, "from", "", "when files begin to be for both, RFC 3339 (default: now)")
	c.Flags().StringVar(&at, "switch", "", "when files begin to be for the new key alone, RFC 3339")
	c.Flags().BoolVar(&cancel, "cancel", false, "end the rotation: files are for the old key again")
	return c
}

// succession says in a line which key takes over.
func succession(s *httpapi.Successor) string {
	if s == nil {
		return ""
	}
	return s.Key + ", both from " + whenever(s.From) + ", alone from " + when(s.Switch)
}
