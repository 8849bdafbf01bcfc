package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) signerCommand() *cobra.Command {
	return group("signer", "Make and show the key that signs an account's files",
		"A task may sign its files, so that receivers see who sent them: \"sign\": true in a leg's encryption.\nThe private key is sealed at once and opened by workers only; receivers get the public one.",
		a.signerMake(), a.signerShow())
}

func (a *app) signerMake() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: "make", Short: "Make a signing key", Args: cobra.NoArgs,
		Long: "Make a signing key, in place of the one before. Give receivers the new public key; the old one still\nproves what was signed with it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSigner(cmd.Context(), "", func(ctx context.Context, client *apiclient.Client, account string) (httpapi.Signer, error) {
				return client.MakeSigner(ctx, account, apiclient.Write{Key: key})
			})
		},
	}
	idempotency(c, &key)
	return c
}

func (a *app) signerShow() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "show", Short: "Show the signing key", Args: cobra.NoArgs,
		Example: `  starter signer show -O sender.asc
  gpg --import sender.asc`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSigner(cmd.Context(), out, func(ctx context.Context, client *apiclient.Client, account string) (httpapi.Signer, error) {
				return client.Signer(ctx, account)
			})
		},
	}
	c.Flags().StringVarP(&out, "to", "O", "", "file to write the public key to; - is standard output")
	return c
}

// withSigner shows the key that do returns, or writes its public half to a file.
func (a *app) withSigner(ctx context.Context, out string, do func(context.Context, *apiclient.Client, string) (httpapi.Signer, error)) error {
	client, account, err := a.scope(ctx)
	if err != nil {
		return err
	}
	x, err := do(ctx, client, account)
	if err != nil {
		return err
	}
	if out != "" {
		return a.save(out, strings.NewReader(x.Armored))
	}
	return a.show(x, "fingerprint", x.Fingerprint, "made", when(x.CreatedAt), "version", strconv.Itoa(x.Version))
}
