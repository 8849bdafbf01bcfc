package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) sourceImport() *cobra.Command {
	in := importInput{app: a}
	var key string
	c := &cobra.Command{
		Use: "import", Short: "Make sources of a credential file", Args: cobra.NoArgs,
		Long: `Make sources of the kind asapp of the file in which ASAPP hands over the keys of its buckets:
encrypted to your OpenPGP key, behind a link that lapses after about a day. Every line becomes a
source; all of them or, whatever is wrong with one, none.

The link is a secret, since whoever has it has the file: it is read from a file or from standard
input. The private key and its passphrase are sent to the api for this one request, which keeps
neither. If you would rather not, decrypt the file with gpg --decrypt, and make the source with
starter source create.`,
		Example: `  starter source import --description "Acme feeds" --link link.txt --key acme.private.asc
  starter source import --description "Acme feeds" --file credentials.gpg --key acme.private.asc --passphrase-file -`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := in.read()
			if err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			made, err := client.ImportSources(cmd.Context(), account, body, apiclient.Write{Key: key})
			if err != nil {
				return err
			}
			out := table{head: sourceThing.head}
			for _, v := range made {
				out.add(sourceThing.row(v)...)
			}
			return a.print(made, out)
		},
	}
	in.flags(c)
	idempotency(c, &key)
	return c
}

// importInput reads a credential file, or the link to it, with what opens it.
type importInput struct {
	app                           *app
	body                          httpapi.SourceImport
	link, file, key, passFile, ca string
}

func (in *importInput) flags(c *cobra.Command) {
	set := c.Flags()
	set.StringVar(&in.body.Description, "description", "", "the name people know it by; of several lines each is followed by its bucket")
	set.StringVar(&in.link, "link", "", "file that holds the link; - is standard input")
	set.StringVar(&in.file, "file", "", "the encrypted file itself, in place of a link; - is standard input")
	set.StringVar(&in.key, "key", "", "file of the private key in ASCII armour")
	set.StringVar(&in.passFile, "passphrase-file", "", "file of the passphrase; - is standard input")
	set.StringVar(&in.body.PlatformAccount, "platform-account", "", "the company (default: as the bucket's name has it)")
	set.StringVar(&in.body.Environment, "environment", "", "prod, preprod or test (default: as the bucket's name has it)")
	set.StringVar(&in.body.Region, "region", "", "the buckets' region (default: us-east-1)")
	set.StringVar(&in.body.Endpoint, "endpoint", "", "address of a store other than Amazon's")
	set.BoolVar(&in.body.PathStyle, "path-style", false, "the bucket is in the path of the endpoint instead of its name")
	set.StringVar(&in.ca, "ca", "", "PEM file of one more root certificate, for a private look-alike")
}

func (in *importInput) read() (body httpapi.SourceImport, err error) {
	body = in.body
	if (in.link == "") == (in.file == "") {
		return body, usagef("give either --link or --file")
	}
	if err := in.oneFromInput(); err != nil {
		return body, err
	}
	private, err := in.app.keyFile(in.key)
	if err != nil {
		return body, err
	}
	pass, err := in.app.passphrase(in.passFile, false)
	if err != nil {
		return body, err
	}
	body.PrivateKey = httpapi.SecretValue(private)
	if pass != "" {
		body.Passphrase = httpapi.SecretValue(pass)
	}
	if in.ca != "" {
		pem, err := in.app.read(in.ca)
		if err != nil {
			return body, err
		}
		body.CA = string(pem)
	}
	if in.file != "" {
		body.File, err = in.app.read(in.file)
		return body, err
	}
	link, err := in.app.read(in.link)
	body.Link = httpapi.SecretValue(string(bytes.TrimSpace(link)))
	return body, err
}

// oneFromInput refuses to read several things from standard input, which has one end.
func (in *importInput) oneFromInput() error {
	taken := 0
	for _, from := range []string{in.link, in.file, in.key, in.passFile, in.ca} {
		if from == "-" {
			taken++
		}
	}
	if taken > 1 {
		return usagef("only one of the flags may say -: standard input is read once")
	}
	return nil
}
