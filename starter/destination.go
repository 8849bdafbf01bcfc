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
	head: []string{"destination", "description", "kind", "where", "tested"},
	row: func(v httpapi.DestinationView) []string {
		return []string{v.ID, v.Description, v.Kind, v.Where, testedShort(v.Tested)}
	},
	show: showDestination,
}

func showDestination(v httpapi.DestinationView) []string {
	lines := []string{"destination", v.ID, "description", v.Description, "kind", v.Kind, "where", v.Where}
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		lines = append(lines, name, shown(v.Fields[name]))
	}
	lines = append(lines, "credentials", v.Credentials, "verify", v.Verify, "changed", when(v.UpdatedAt))
	return append(lines, tested(v.Tested)...)
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
	return group("destination", "Make, change and test destinations",
		"A destination is a place that takes files. Its credentials are sealed when it is made and never\nshown again.",
		a.destinationCreate(), destinationThing.list(a), destinationThing.showOne(a), a.destinationEdit(), destinationThing.test(a), a.destinationCredential(), destinationThing.delete(a))
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
	in := destinationInput{app: a}
	return destinationThing.create(a, "create", destinationLong, destinationExample, in.flags, func() (httpapi.Destination, error) {
		return in.onto(httpapi.Destination{})
	})
}

func (a *app) destinationEdit() *cobra.Command {
	in := destinationInput{app: a}
	long := "Change what flags are given for, or all of it by a JSON file; the rest stays as it is. Credentials\nstay unless there are new ones, which then are all there are. The next attempt of a run uses them."
	example := `  starter destination edit 01M7YMQ6FATAMRRRRCTRPHXY95 --credentials sftp.json`
	return destinationThing.edit(a, long, example, in.flags, func(v httpapi.DestinationView) (httpapi.Destination, error) {
		return in.onto(httpapi.Destination{Kind: v.Kind, Description: v.Description, Verify: v.Verify, Fields: v.Fields})
	})
}

// destinationInput reads a destination from flags or from a file.
type destinationInput struct {
	app               *app
	set               *pflag.FlagSet
	head              httpapi.Destination // without its fields
	file, credentials string
}

func (in *destinationInput) flags(c *cobra.Command) {
	in.set = c.Flags()
	in.set.StringVarP(&in.file, "file", "f", "", "the whole destination as JSON, as in the API; - is standard input")
	in.set.StringVar(&in.head.Kind, "kind", "", kindUsage())
	in.set.StringVar(&in.head.Description, "description", "", "the name people know it by")
	in.set.StringVar(&in.head.Verify, "verify", "", "best-effort: a check that it cannot offer is marked, not refused")
	in.set.StringVar(&in.credentials, "credentials", "", "JSON file of the credentials; - is standard input")
	addKindFlags(in.set)
}

// onto returns the destination of the file, or d with what flags were given for.
func (in *destinationInput) onto(d httpapi.Destination) (httpapi.Destination, error) {
	if in.file != "" {
		d = httpapi.Destination{}
		err := in.app.readJSON(in.file, &d)
		return d, err
	}
	take(in.set, "kind", &d.Kind, in.head.Kind)
	take(in.set, "description", &d.Description, in.head.Description)
	take(in.set, "verify", &d.Verify, in.head.Verify)
	fields, err := in.app.kindFields(in.set)
	if err != nil {
		return d, err
	}
	if d.Fields == nil {
		d.Fields = map[string]any{}
	}
	maps.Copy(d.Fields, fields)
	if in.credentials != "" {
		if err := in.app.readJSON(in.credentials, &d.Credentials); err != nil {
			return d, err
		}
	}
	d.Credentials, err = in.app.kindSecrets(in.set, d.Credentials)
	return d, err
}

func kindUsage() string {
	var words []string
	for _, k := range kind.All() {
		words = append(words, k.Name+": "+strings.TrimSuffix(k.Doc, "."))
	}
	return strings.Join(words, "; ")
}
