package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

var sourceThing = thing[httpapi.Source, httpapi.SourceView]{
	one:  "source",
	of:   (*apiclient.Client).Sources,
	head: []string{"source", "description", "kind", "account", "credentials", "tested"},
	row: func(v httpapi.SourceView) []string {
		return []string{v.ID, v.Description, v.Kind, v.PlatformAccount, credentialsOf(v), testedShort(v.Tested)}
	},
	show: func(v httpapi.SourceView) []string {
		rows := append([]string{
			"source", v.ID, "description", v.Description, "kind", v.Kind, "platform account", v.PlatformAccount,
			"credentials", credentialsOf(v), "domain", v.Domain, "changed", when(v.UpdatedAt),
		}, feedsRows(v.Feeds)...)
		return append(rows, tested(v.Tested)...)
	},
}

// credentialsOf names the kinds of credentials that are set.
func credentialsOf(v httpapi.SourceView) string {
	if v.Credentials != "set" {
		return v.Credentials
	}
	return v.Credentials + " (" + strings.Join(v.Auth, ", ") + ")"
}

func (a *app) sourceCommand() *cobra.Command {
	return group("source", "Make, change and test sources",
		"A source is a platform account that can be read, the conversations that apps of the account hold, or\nthe tables that a platform exports. Credentials are sealed when it is made and never shown again.",
		a.sourceCreate(), a.sourceImport(), sourceThing.list(a), sourceThing.showOne(a), a.sourceEdit(), sourceThing.test(a), sourceThing.delete(a))
}

func (a *app) sourceCreate() *cobra.Command {
	in := sourceInput{app: a}
	long := `Make a source from flags, or whole from a JSON file.

Secrets are never given on the command line, where others can see them. The file of
--credentials holds the values, or references that the api resolves:

  {"oauth1": {"consumerKey": "…", "consumerSecret": {"env": "TRANSPORTER_SECRET_APP"},
              "token": "…", "tokenSecret": {"file": "lp-token-secret"}},
   "login":  {"username": "…", "password": "…"},
   "oauth2": {"clientId": "…", "clientSecret": "…"}}

One kind is enough for the reports whose APIs take it; most take an API key (oauth1). A login of
an API user has appKey, secret, accessToken and accessTokenSecret in place of the password.
"starter source test" says what each API takes and was read with.

A source of the kind connector has a description and nothing else: the reports connector.* read
from it what apps of the account have held.

A source of the kind asapp is the tables that ASAPP exports, behind one door: a bucket (--bucket),
an SFTP server (--host) or the File Exporter API (--file-exporter). Its credentials are those of
the door, and the private keys for encrypted files, if there are any:

  {"s3": {"accessKeyId": "…", "secretAccessKey": "…"}}
  {"sftp": {"username": "…", "privateKey": "…", "passphrase": "…"}}
  {"fileExporter": {"apiId": "…", "apiSecret": "…"},
   "decrypt": [{"privateKey": {"file": "acme.asc"}, "passphrase": "…"}]}`
	example := `  starter source create --description "Brand site" --platform-account 12345678 --credentials lp.json
  starter source create --kind connector --description "Our conversations"
  starter source create --kind asapp --description "Feeds" --platform-account acme --environment prod \
    --bucket asapp-prod-acme-exports-us-east-1 --credentials keys.json
  starter source create -f source.json`
	return sourceThing.create(a, "create", long, example, in.flags, func() (httpapi.Source, error) {
		return in.onto(httpapi.Source{Kind: in.head.Kind})
	})
}

func (a *app) sourceEdit() *cobra.Command {
	in := sourceInput{app: a}
	long := "Change what flags are given for, or all of it by a JSON file; the rest stays as it is. Credentials\nstay unless there are new ones, which then are all there are. The next attempt of a run uses them."
	example := `  starter source edit 01JD3Z9QK8V6C3N5T7W9Y1B3D5 --credentials lp.json`
	return sourceThing.edit(a, long, example, in.flags, func(v httpapi.SourceView) (httpapi.Source, error) {
		return in.onto(httpapi.Source{
			Kind: v.Kind, Description: v.Description, PlatformAccount: v.PlatformAccount,
			Domain: v.Domain, CA: v.CA, RateLimits: v.RateLimits, Feeds: feedsOf(v),
		})
	})
}

// sourceInput reads a source from flags or from a file.
type sourceInput struct {
	app                   *app
	set                   *pflag.FlagSet
	head                  httpapi.Source
	file, credentials, ca string
	feeds                 feedsInput
}

func (in *sourceInput) flags(c *cobra.Command) {
	in.set = c.Flags()
	in.set.StringVarP(&in.file, "file", "f", "", "the whole source as JSON, as in the API; - is standard input")
	in.set.StringVar(&in.head.Kind, "kind", "liveperson", "liveperson, asapp: tables that ASAPP exports, or connector: the conversations that apps of the account hold")
	in.set.StringVar(&in.head.Description, "description", "", "the name people know it by")
	in.set.StringVar(&in.head.PlatformAccount, "platform-account", "", "the account id on the platform; of asapp the company, as in the bucket's name")
	in.set.StringVar(&in.head.Domain, "domain", "", "base address of the domain API (default: the public one)")
	in.set.StringVar(&in.ca, "ca", "", "PEM file of one more root certificate, for a private look-alike")
	in.set.StringVar(&in.credentials, "credentials", "", "JSON file of the credentials, of one kind or of several; - is standard input")
	in.feeds.flags(in.set)
}

// onto returns the source of the file, or s with what flags were given for.
func (in *sourceInput) onto(s httpapi.Source) (httpapi.Source, error) {
	if in.file != "" {
		s = httpapi.Source{}
		err := in.app.readJSON(in.file, &s)
		return s, err
	}
	take(in.set, "kind", &s.Kind, in.head.Kind)
	take(in.set, "description", &s.Description, in.head.Description)
	take(in.set, "platform-account", &s.PlatformAccount, in.head.PlatformAccount)
	take(in.set, "domain", &s.Domain, in.head.Domain)
	if in.ca != "" {
		pem, err := in.app.read(in.ca)
		if err != nil {
			return s, err
		}
		s.CA = string(pem)
	}
	s.Feeds = in.feeds.onto(s.Feeds)
	if in.credentials == "" {
		return s, nil
	}
	err := in.app.readJSON(in.credentials, &s.Credentials)
	return s, err
}
