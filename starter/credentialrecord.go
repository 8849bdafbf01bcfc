package main

import (
	"os"

	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
)

func (a *app) destinationCredential() *cobra.Command {
	var key, folder, credentials, out string
	c := &cobra.Command{
		Use: "credential DESTINATION", Short: "Issue a credential record to a consumer of a bucket", Args: cobra.ExactArgs(1),
		Long: `Encrypt an access key to the one who is to read what a destination of the kind s3 takes: one
record of id, key, bucket and folder, as platforms hand over the keys of their exports.

The file of --credentials holds the access key that was made for the consumer and may only read,
never the destination's own:

  {"accessKeyId": "…", "secretAccessKey": {"env": "TRANSPORTER_SECRET_READER"}}`,
		Example: `  starter destination credential 01JD40K7M5Q3ZB1A9C8E7G6J4K --key 01JD41M2N3P4Q5R6S7T8V9W0X1 \
    --credentials reader.json --folder feeds --out acme.asc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := httpapi.CredentialRecordRequest{}
			if err := a.readJSON(credentials, &in); err != nil {
				return err
			}
			in.Key, in.Folder = key, folder
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			record, err := client.CredentialRecord(cmd.Context(), account, args[0], in)
			if err != nil {
				return err
			}
			if out == "" {
				return a.print(record, table{rows: [][]string{{record.File}}})
			}
			const ownerOnly = 0o600
			if err := os.WriteFile(out, []byte(record.File), ownerOnly); err != nil {
				return err
			}
			a.say("%s is for the consumer alone", out)
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "", "id of the consumer's key in the account")
	c.Flags().StringVar(&folder, "folder", "", "folder that feeds lie in, below the destination's own")
	c.Flags().StringVar(&credentials, "credentials", "", "JSON file with the consumer's access key (- for standard input)")
	c.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	return c
}
