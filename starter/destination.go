package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

var destinationThing = thing[httpapi.Destination, httpapi.DestinationView]{
	one:  "destination",
	of:   (*apiclient.Client).Destinations,
	head: []string{"destination", "description", "kind", "where"},
	row: func(v httpapi.DestinationView) []string {
		return []string{v.ID, v.Description, v.Kind, destinationPlace(v)}
	},
	show: func(v httpapi.DestinationView) []string {
		return []string{
			"destination", v.ID, "description", v.Description, "kind", v.Kind, "where", destinationPlace(v),
			"credentials", v.Credentials, "verify", v.Verify, "changed", when(v.UpdatedAt),
		}
	},
}

func destinationPlace(v httpapi.DestinationView) string {
	if v.Host == "" {
		return v.Prefix
	}
	return fmt.Sprintf("%s@%s:%d %s", v.User, v.Host, v.Port, v.Directory)
}

func (a *app) destinationCommand() *cobra.Command {
	return group("destination", "Make and test destinations",
		"A destination is a place that takes files. Its credentials are sealed when it is made and never\nshown again.",
		a.destinationCreate(), destinationThing.list(a), destinationThing.showOne(a), destinationThing.test(a), destinationThing.delete(a))
}

func (a *app) destinationCreate() *cobra.Command {
	var b httpapi.Destination
	var file, credentials, privateKey string
	flags := func(c *cobra.Command) {
		f := c.Flags()
		f.StringVarP(&file, "file", "f", "", "the whole destination as JSON, as in the API; - is standard input")
		f.StringVar(&b.Kind, "kind", "", "store: the transporter's own storage; sftp: a folder of an SFTP server")
		f.StringVar(&b.Description, "description", "", "the name people know it by")
		f.StringVar(&b.Verify, "verify", "", "best-effort: a check that it cannot offer is marked, not refused")
		f.StringVar(&b.Prefix, "prefix", "", "store: a folder within the storage")
		f.StringVar(&b.Host, "host", "", "sftp: name or address")
		f.IntVar(&b.Port, "port", 0, "sftp: port (default 22)")
		f.StringVar(&b.Directory, "directory", "", "sftp: where files go")
		f.StringVar(&b.User, "user", "", "sftp: who logs in")
		f.StringArrayVar(&b.HostKeys, "host-key", nil, `sftp: a public key of the server, "ssh-ed25519 AAAA…"; may be repeated`)
		f.StringVar(&privateKey, "private-key", "", "sftp: file of an SSH private key without passphrase")
		f.StringVar(&credentials, "credentials", "", "JSON file of the credentials; - is standard input")
	}
	long := `Make a destination from flags, or whole from a JSON file.

Secrets are never given on the command line, where others can see them. The file of
--credentials holds the values, or references that the api resolves:

  {"password": "…"}
  {"privateKey": {"file": "sftp-key"}, "passphrase": {"env": "TRANSPORTER_SECRET_SFTP"}}`
	example := `  starter destination create --kind store --description "Our own storage"
  starter destination create --kind sftp --description "WFM vendor" --host sftp.example.com \
      --user transporter --directory /incoming --host-key "$(ssh-keyscan -t ed25519 sftp.example.com | cut -d' ' -f2-)" \
      --credentials sftp.json`
	return destinationThing.create(a, "create", long, example, flags, func() (httpapi.Destination, error) {
		if file != "" {
			b = httpapi.Destination{}
			err := a.readJSON(file, &b)
			return b, err
		}
		if credentials != "" {
			if err := a.readJSON(credentials, &b.Credentials); err != nil {
				return b, err
			}
		}
		if privateKey != "" {
			pem, err := a.read(privateKey)
			if err != nil {
				return b, err
			}
			b.Credentials = cmp.Or(b.Credentials, &httpapi.DestinationCredentials{})
			b.Credentials.PrivateKey = httpapi.SecretValue(string(pem))
		}
		return b, nil
	})
}
