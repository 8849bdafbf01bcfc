package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/apiclient"
	"transporter/internal/destination/kind"
	"transporter/internal/httpapi"
)

var destinationThing = thing[httpapi.Destination, httpapi.DestinationView]{
	one:  "destination",
	of:   (*apiclient.Client).Destinations,
	head: []string{"destination", "description", "kind", "where"},
	row: func(v httpapi.DestinationView) []string {
		return []string{v.ID, v.Description, v.Kind, v.Where}
	},
	show: showDestination,
}

func showDestination(v httpapi.DestinationView) []string {
	lines := []string{"destination", v.ID, "description", v.Description, "kind", v.Kind, "where", v.Where}
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		lines = append(lines, name, shown(v.Fields[name]))
	}
	return append(lines, "credentials", v.Credentials, "verify", v.Verify, "changed", when(v.UpdatedAt))
}

// shown writes a value of a field for people: texts as they are, others as JSON.
func shown(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func (a *app) destinationCommand() *cobra.Command {
	return group("destination", "Make and test destinations",
		"A destination is a place that takes files. Its credentials are sealed when it is made and never\nshown again.",
		a.destinationCreate(), destinationThing.list(a), destinationThing.showOne(a), destinationThing.test(a), destinationThing.delete(a))
}

const destinationLong = `Make a destination from flags, or whole from a JSON file.

Which flags a destination takes depends on its kind, which stands before each. Secrets are
never given on the command line, where others can see them. The file of --credentials holds
the values, or references that the api resolves:

  {"password": "…"}
  {"privateKey": {"file": "sftp-key"}, "passphrase": {"env": "TRANSPORTER_SECRET_SFTP"}}`

const destinationExample = `  starter destination create --kind store --description "Our own storage"
  starter destination create --kind sftp --description "WFM vendor" --host sftp.example.com \
      --user transporter --directory /incoming --host-key "$(ssh-keyscan -t ed25519 sftp.example.com | cut -d' ' -f2-)" \
      --credentials sftp.json`

func (a *app) destinationCreate() *cobra.Command {
	var b httpapi.Destination
	var file, credentials string
	var set *pflag.FlagSet
	flags := func(c *cobra.Command) {
		set = c.Flags()
		set.StringVarP(&file, "file", "f", "", "the whole destination as JSON, as in the API; - is standard input")
		set.StringVar(&b.Kind, "kind", "", kindUsage())
		set.StringVar(&b.Description, "description", "", "the name people know it by")
		set.StringVar(&b.Verify, "verify", "", "best-effort: a check that it cannot offer is marked, not refused")
		set.StringVar(&credentials, "credentials", "", "JSON file of the credentials; - is standard input")
		addKindFlags(set)
	}
	return destinationThing.create(a, "create", destinationLong, destinationExample, flags, func() (httpapi.Destination, error) {
		if file != "" {
			b = httpapi.Destination{}
			err := a.readJSON(file, &b)
			return b, err
		}
		var err error
		if b.Fields, err = a.kindFields(set); err != nil {
			return b, err
		}
		if credentials != "" {
			if err := a.readJSON(credentials, &b.Credentials); err != nil {
				return b, err
			}
		}
		b.Credentials, err = a.kindSecrets(set, b.Credentials)
		return b, err
	})
}

func kindUsage() string {
	var words []string
	for _, k := range kind.All() {
		words = append(words, k.Name+": "+strings.TrimSuffix(k.Doc, "."))
	}
	return strings.Join(words, "; ")
}
