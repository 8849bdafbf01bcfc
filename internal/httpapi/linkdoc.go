package httpapi

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// linkFiles serves links. It is no route of huma's, which knows nothing of ranges, so it is
// described here.
func (s *Server) linkFiles(mux *http.ServeMux) {
	mux.HandleFunc(http.MethodGet+" "+linkPath, s.serveLink)
	doc := s.api.OpenAPI()
	answer := func(text, media string, schema *huma.Schema) *huma.Response {
		return &huma.Response{Description: text, Content: map[string]*huma.MediaType{media: {Schema: schema}}}
	}
	file := func(text string) *huma.Response {
		return answer(text, "application/pgp-encrypted", &huma.Schema{Type: huma.TypeString, Format: "binary"})
	}
	problem := func(text string) *huma.Response {
		return answer(text, new(Problem).ContentType(""), doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, ""))
	}
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: linkPath, OperationID: "open-link", Tags: []string{"links"}, Summary: "Download a file by a link",
		Description: "For whoever has the link, without a token. Ranges are served, so that a download which broke off goes on.",
		Security:    []map[string][]string{{}},
		Parameters: []*huma.Param{{
			Name: "signed", In: "path", Required: true, Description: "What the link ends with.", Schema: &huma.Schema{Type: huma.TypeString},
		}},
		Responses: map[string]*huma.Response{
			"200": file("The file, exactly as it was delivered."),
			"206": file("The part of it that Range asks for."),
			"404": problem("There is no such link."),
			"410": problem("The link has expired or was revoked, or its file is no longer kept."),
			"416": {Description: "The file has no such range."},
			"500": problem("The file is not what was delivered, or something unexpected."),
			"503": problem("The store does not answer."),
		},
	})
}
