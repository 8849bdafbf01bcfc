package httpapi

import (
	"reflect"
	"strings"

	"transporter/internal/destination/kind"

	"github.com/danielgtaylor/huma/v2"
)

const schemaPrefix = "#/components/schemas/"

// Schema registers one schema a kind and says which is whose.
func (Destination) Schema(r huma.Registry) *huma.Schema {
	one := &huma.Schema{
		Type: huma.TypeObject, Description: "A place that takes files; its fields depend on its kind.",
		Discriminator: &huma.Discriminator{PropertyName: "kind", Mapping: map[string]string{}},
	}
	for _, k := range kind.All() {
		name := kindSchema(k.Name)
		r.Map()[name] = checked(destinationSchema(r, k))
		one.OneOf = append(one.OneOf, &huma.Schema{Ref: schemaPrefix + name})
		one.Discriminator.Mapping[k.Name] = schemaPrefix + name
	}
	r.Map()["Destination"] = checked(one)
	return &huma.Schema{Ref: schemaPrefix + "Destination"}
}

// kindSchema returns DestinationSftp for sftp.
func kindSchema(name string) string { return "Destination" + strings.ToUpper(name[:1]) + name[1:] }

func destinationSchema(r huma.Registry, k kind.Kind) *huma.Schema {
	common := commonSchema(k.Name)
	common.Description, common.AdditionalProperties = k.Doc, false
	example := map[string]any{"kind": k.Name, "description": "WFM vendor"}
	for _, f := range k.Fields {
		common.Properties[f.Name] = fieldSchema(f)
		if f.Required {
			common.Required = append(common.Required, f.Name)
		}
		if f.Example != nil {
			example[f.Name] = f.Example
		}
	}
	if len(k.Secrets) > 0 {
		r.Map()[kindSchema(k.Name)+"Credentials"] = checked(credentialsSchema(r, k))
		common.Properties["credentials"] = &huma.Schema{
			Ref: schemaPrefix + kindSchema(k.Name) + "Credentials", Description: "The secrets; a replacement without them keeps those that are set.",
		}
		if given := secretExamples(k); len(given) > 0 {
			example["credentials"] = given
		}
	}
	common.Examples = []any{example}
	return common
}

func credentialsSchema(r huma.Registry, k kind.Kind) *huma.Schema {
	s := &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false,
		Description: "The secrets of a destination of kind " + k.Name + ".",
	}
	for _, f := range k.Secrets {
		s.Properties[f.Name] = secretSchema(r)
		s.Properties[f.Name].Description = f.Doc
	}
	return s
}

func secretSchema(r huma.Registry) *huma.Schema { return checked(Secret{}.Schema(r)) }

func secretExamples(k kind.Kind) map[string]any {
	given := map[string]any{}
	for _, f := range k.Secrets {
		if f.Example != nil {
			given[f.Name] = f.Example
		}
	}
	return given
}

// commonSchema is what destinations of all the kinds have.
func commonSchema(kinds ...string) *huma.Schema {
	least, most := 1, 200
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"kind", "description"},
		Properties: map[string]*huma.Schema{
			"kind":        {Type: huma.TypeString, Enum: anyOf(kinds), Description: "What it is."},
			"description": {Type: huma.TypeString, MinLength: &least, MaxLength: &most, Description: "The name people know it by."},
			"verify":      {Type: huma.TypeString, Enum: []any{"best-effort"}, Description: "best-effort: a check that the destination cannot offer is marked, not refused."},
		},
	}
}

// fieldSchema says in JSON Schema what kind.Parse checks of one field.
func fieldSchema(f kind.Field) *huma.Schema {
	s := &huma.Schema{Description: f.Doc}
	if f.Example != nil {
		s.Examples = []any{f.Example}
	}
	longest, most := f.Longest(), f.Most()
	text := &huma.Schema{Type: huma.TypeString, MaxLength: &longest}
	switch f.Type {
	case kind.Text:
		s.Type, s.MaxLength, s.Enum = huma.TypeString, &longest, anyOf(f.Enum)
		if f.Default != "" {
			s.Default = f.Default
		}
	case kind.Integer:
		bound(s, f)
		if n := (kind.Values{f.Name: f.Default}).Integer(f.Name); n != 0 {
			s.Default = n
		}
	case kind.Boolean:
		s.Type = huma.TypeBoolean
	case kind.List:
		s.Type, s.Items, s.MaxItems = huma.TypeArray, text, &most
	case kind.Integers:
		s.Type, s.Items, s.MaxItems = huma.TypeArray, bound(&huma.Schema{}, f), &most
	case kind.Map:
		s.Type, s.AdditionalProperties, s.MaxProperties = huma.TypeObject, text, &most
	}
	return s
}

func bound(s *huma.Schema, f kind.Field) *huma.Schema {
	s.Type = huma.TypeInteger
	if f.Bounded() {
		least, most := float64(f.Min), float64(f.Max)
		s.Minimum, s.Maximum = &least, &most
	}
	return s
}

// Schema describes the view: the common members and the fields of all kinds.
func (DestinationView) Schema(r huma.Registry) *huma.Schema {
	view := huma.SchemaFromType(r, reflect.TypeFor[destinationViewHead]())
	for _, f := range kind.Fields() {
		view.Properties[f.Name] = fieldSchema(f.Field)
	}
	r.Map()["DestinationView"] = checked(view)
	return &huma.Schema{Ref: schemaPrefix + "DestinationView"}
}

// leaveToKind takes out of the schema that destinations are checked against what kind.Parse
// checks as well: Parse names everything that is wrong at once, and the fields that there
// are. Call it after what is published was written: that stays complete.
func leaveToKind(r huma.Registry) {
	lenient := commonSchema(kind.Names()...)
	lenient.Properties["credentials"] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: secretSchema(r)}
	r.Map()["Destination"] = checked(lenient)
}

// checked prepares a schema that the library did not make for validation by it.
func checked(s *huma.Schema) *huma.Schema {
	s.PrecomputeMessages()
	return s
}

func anyOf(words []string) []any {
	var out []any
	for _, w := range words {
		out = append(out, w)
	}
	return out
}
