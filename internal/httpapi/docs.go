package httpapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsTemplate string

// docsPolicy lets the page do nothing but show itself.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs serves the OpenAPI document and a page made of it. The page is whole: no script and
// nothing from the network, so that it works where there is none.
func (s *Server) docs(mux *http.ServeMux) {
	document, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		panic("encode OpenAPI document: " + err.Error()) // of constants of ours: a test finds it
	}
	page := docsPage(s.api.OpenAPI())
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document)
	})
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", docsPolicy)
		_, _ = w.Write(page)
	})
}

// docsView is what the page shows.
type docsView struct {
	Title, Version, Description string
	Groups                      []docsGroup
	Schemas                     []docsSchema
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	Method, Path, Summary, Description, Body string
	Params                                   []docsField
	Answers                                  []docsAnswer
}

type docsAnswer struct{ Status, Text, Schema string }

type docsSchema struct {
	Name, Example string
	Fields        []docsField
}

type docsField struct {
	Name, Where, Type, Doc string
	Link                   string // schema, if it has its own
	Required               bool
}

func docsPage(doc *huma.OpenAPI) []byte {
	view := docsView{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description}
	groups := map[string][]docsOperation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				groups[op.Tags[0]] = append(groups[op.Tags[0]], docsOperationOf(op))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		view.Groups = append(view.Groups, docsGroup{name, groups[name]})
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		view.Schemas = append(view.Schemas, docsSchemaOf(name, schemas[name]))
	}
	var page bytes.Buffer
	if err := template.Must(template.New("docs").Parse(docsTemplate)).Execute(&page, view); err != nil {
		panic("render docs: " + err.Error()) // of constants of ours: a test finds it
	}
	return page.Bytes()
}

func docsOperationOf(op *huma.Operation) docsOperation {
	view := docsOperation{Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		kind, link := docsType(p.Schema)
		view.Params = append(view.Params, docsField{Name: p.Name, Where: p.In, Type: kind, Link: link, Doc: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil { // a file has no fields
		_, view.Body = docsType(op.RequestBody.Content["application/json"].Schema)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := docsAnswer{Status: status, Text: op.Responses[status].Description}
		for _, media := range op.Responses[status].Content {
			_, answer.Schema = docsType(media.Schema)
		}
		view.Answers = append(view.Answers, answer)
	}
	return view
}

func docsSchemaOf(name string, s *huma.Schema) docsSchema {
	view := docsSchema{Name: name}
	for _, one := range s.OneOf {
		kind, link := docsType(one)
		view.Fields = append(view.Fields, docsField{Name: "one of", Type: kind, Link: link})
	}
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[field]
		kind, link := docsType(property)
		view.Fields = append(view.Fields, docsField{
			Name: field, Type: kind, Link: link, Doc: property.Description,
			Required: slices.Contains(s.Required, field),
		})
	}
	if len(s.Examples) > 0 {
		text, err := json.MarshalIndent(s.Examples[0], "", "  ")
		if err == nil {
			view.Example = string(text)
		}
	}
	return view
}

// docsType says what a value is; link names its schema if it has its own.
func docsType(s *huma.Schema) (text, link string) {
	const prefix = "#/components/schemas/"
	switch {
	case s == nil:
		return "any", ""
	case s.Ref != "":
		name := strings.TrimPrefix(s.Ref, prefix)
		return name, name
	case s.Type == huma.TypeArray:
		text, link = docsType(s.Items)
		return "list of " + text, link
	case len(s.OneOf) > 0:
		return "secret", ""
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			b, err := json.Marshal(v)
			if err == nil {
				words[i] = string(b)
			}
		}
		return strings.Join(words, " | "), ""
	case s.Format != "":
		return s.Format, ""
	case s.Type == "":
		return "any", ""
	}
	return s.Type, ""
}
