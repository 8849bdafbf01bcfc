package main

import (
	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

var sourceThing = thing[httpapi.Source, httpapi.SourceView]{
	one:  "source",
	of:   (*apiclient.Client).Sources,
	head: []string{"source", "description", "kind", "account", "credentials"},
	row: func(v httpapi.SourceView) []string {
		return []string{v.ID, v.Description, v.Kind, v.PlatformAccount, v.Credentials}
	},
	show: func(v httpapi.SourceView) []string {
		return []string{
			"source", v.ID, "description", v.Description, "kind", v.Kind, "platform account", v.PlatformAccount,
			"credentials", v.Credentials, "domain", v.Domain, "changed", when(v.UpdatedAt),
		}
	},
}

func (a *app) sourceCommand() *cobra.Command {
	return group("source", "Make and test sources",
		"A source is a platform account that can be read. Its credentials are sealed when it is made and\nnever shown again.",
		a.sourceCreate(), sourceThing.list(a), sourceThing.showOne(a), sourceThing.test(a), sourceThing.delete(a))
}

func (a *app) sourceCreate() *cobra.Command {
	var b httpapi.Source
	var file, credentials, ca string
	flags := func(c *cobra.Command) {
		f := c.Flags()
		f.StringVarP(&file, "file", "f", "", "the whole source as JSON, as in the API; - is standard input")
		f.StringVar(&b.Kind, "kind", "liveperson", "the platform")
		f.StringVar(&b.Description, "description", "", "the name people know it by")
		f.StringVar(&b.PlatformAccount, "platform-account", "", "the account id on the platform")
		f.StringVar(&b.Domain, "domain", "", "base address of the domain API (default: the public one)")
		f.StringVar(&ca, "ca", "", "PEM file of one more root certificate, for a private look-alike")
		f.StringVar(&credentials, "credentials", "", "JSON file of the four values of an API key; - is standard input")
	}
	long := `Make a source from flags, or whole from a JSON file.

Secrets are never given on the command line, where others can see them. The file of
--credentials holds the values, or references that the api resolves:

  {"oauth1": {"consumerKey": "…", "consumerSecret": {"env": "TRANSPORTER_SECRET_APP"},
              "token": "…", "tokenSecret": {"file": "lp-token-secret"}}}`
	example := `  starter source create --description "Brand site" --platform-account 12345678 --credentials lp.json
  starter source create -f source.json`
	return sourceThing.create(a, "create", long, example, flags, func() (httpapi.Source, error) {
		if file != "" {
			b = httpapi.Source{}
			err := a.readJSON(file, &b)
			return b, err
		}
		if credentials != "" {
			if err := a.readJSON(credentials, &b.Credentials); err != nil {
				return b, err
			}
		}
		if ca != "" {
			pem, err := a.read(ca)
			if err != nil {
				return b, err
			}
			b.CA = string(pem)
		}
		return b, nil
	})
}
