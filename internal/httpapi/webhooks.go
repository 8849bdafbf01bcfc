package httpapi

import (
	"context"
	"net/http"
	"reflect"

	"transporter/internal/inbox"

	"github.com/danielgtaylor/huma/v2"
)

// Inbox takes the deliveries of webhooks; it is an inbox.Inbox.
type Inbox interface {
	http.Handler
	// Refresh learns at once of an app that was made.
	Refresh(ctx context.Context) error
}

// withInbox leads deliveries past everything that is for people: they come by the thousand, their
// signature is their token, and what they are told must not depend on who they are.
func (s *Server) withInbox(next http.Handler) http.Handler {
	if s.cfg.Inbox == nil {
		return next
	}
	mux := http.NewServeMux()
	mux.Handle("/", next)
	for _, path := range []string{inbox.Path, inbox.Root} {
		mux.Handle(http.MethodPost+" "+path, s.cfg.Inbox)
	}
	return mux
}

// webhookDocs describes what no route of huma's serves.
func (s *Server) webhookDocs() {
	doc := s.api.OpenAPI()
	text := func(name, in, doc string) *huma.Param {
		return &huma.Param{Name: name, In: in, Required: true, Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	problem := func(text string) *huma.Response {
		schema := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
		return &huma.Response{Description: text, Content: map[string]*huma.MediaType{new(Problem).ContentType(""): {Schema: schema}}}
	}
	for _, op := range []struct {
		id, path, more string
		params         []*huma.Param
	}{
		{"deliver-webhook", inbox.Path, "", []*huma.Param{text("account", "path", "The account's id, ours."), text("app", "path", "The app's id, ours.")}},
		{"deliver-demo-webhook", inbox.Root, " Account and app are found by the headers.", nil},
	} {
		doc.AddOperation(&huma.Operation{
			Method: http.MethodPost, Path: op.path, OperationID: op.id, Tags: []string{apps.many}, Summary: "Take a webhook of the platform",
			Description: "For the platform, without a token: the signature is over the raw bytes, with the app's client secret." + op.more,
			Security:    []map[string][]string{{}},
			Parameters: append(op.params, text("x-liveperson-account-id", "header", "The account at the platform."),
				text("x-liveperson-client-id", "header", "The app's client_id."),
				text("x-liveperson-signature", "header", "sha1= or sha256=, and the HMAC in base64 or hex.")),
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}},
			Responses: map[string]*huma.Response{
				"200": {Description: "Every event of the delivery is durable."},
				"403": problem("It is no delivery of an app of ours; the same answer whatever is wrong with it."),
				"503": problem("It could not be made durable within two seconds: it is to be sent again."),
			},
		})
	}
}
