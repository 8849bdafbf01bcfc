package kind

import (
	"net/http"
	"slices"

	"transporter/internal/destination/template"
	"transporter/internal/fault"
)

// How requests of the HTTP destination say who sends them.
const (
	authNone   = "none"
	authBearer = "bearer"
	authBasic  = "basic"
	authHeader = "header"
)

var httpKind = Kind{
	Name: "http",
	Doc:  "A server that takes each file as an HTTP request.",
	Fields: []Field{
		{Name: "url", Doc: "Where requests go; may hold templates.", Example: "https://files.example.com/in/{name}", Required: true, MaxLength: 2000},
		{Name: "method", Doc: "The request's method.", Enum: []string{"POST", "PUT"}, Default: "POST", Example: "PUT"},
		{Name: "headers", Type: Map, Doc: "Headers of every request; values may hold templates.", Example: map[string]any{"X-Report": "{report}"}, MaxItems: 32},
		{Name: "parameters", Type: Map, Doc: "URL parameters of every request; values may hold templates.", Example: map[string]any{"window": "{from}"}, MaxItems: 32},
		{
			Name: "auth", Doc: "Who sends: nobody, a bearer token, user and password, or a token in a header of your own.",
			Enum: []string{authNone, authBearer, authBasic, authHeader}, Default: authNone, Example: authHeader,
		},
		{Name: "authHeader", Doc: "The header of auth header.", Example: "X-Api-Key", MaxLength: 100},
		{Name: "form", Type: Boolean, Doc: "Whether the file is sent as a part of a multipart form.", Example: true},
		{Name: "formField", Doc: "The name of the file in the form; absent: file.", Example: "upload", MaxLength: 100},
		{Name: "accept", Type: Integers, Doc: "Statuses that mean taken; absent: 200, 201, 202 and 204.", Example: []any{200, 202}, Min: 200, Max: 299},
		{Name: "manifest", Type: Boolean, Doc: "Whether the manifest is sent after the files.", Example: true},
		rootsField,
	},
	Secrets: []Field{
		{Name: "token", Doc: "The token of auth bearer and header.", Example: map[string]any{"env": "TRANSPORTER_SECRET_HTTP"}},
		{Name: "user", Doc: "The user of auth basic."},
		{Name: "password", Doc: "The password of auth basic."},
		{Name: "signingKey", Doc: "Signs every request (HMAC-SHA256); at least 16 characters."},
	},
	Check: checkHTTP,
	Place: func(v Values) string { return v.Text("method") + " " + v.Text("url") },
}

func checkHTTP(v Values, given Given) error {
	auth := v.Text("auth")
	if (auth == authHeader) != (v.Text("authHeader") != "") {
		return fault.New(fault.InvalidSpec, "auth header and authHeader go together").WithField("authHeader")
	}
	if auth == authHeader {
		if err := template.CheckHeader("authHeader", v.Text("authHeader")); err != nil {
			return err
		}
	}
	if given != nil {
		if err := checkLogin(auth, given); err != nil {
			return err
		}
	}
	if v.Text("formField") != "" && !v.Boolean("form") {
		return fault.New(fault.InvalidSpec, "there is no form").WithField("formField").WithFix("set form to true, or take it away")
	}
	return checkTexts(v)
}

// checkTexts checks what may hold templates.
func checkTexts(v Values) error {
	url, err := template.ParseURL("url", v.Text("url"))
	if err != nil {
		return err
	}
	parameters, err := template.ParsePairs("parameters", v.Map("parameters"))
	if err != nil {
		return err
	}
	if v.Text("method") == http.MethodPut && !url.Distinct(parameters) { // RFC 9110 section 9.3.4
		return fault.New(fault.InvalidSpec, "every PUT would replace the file before it").WithField("url").
			WithFix("put {name} into the URL or a parameter, or use POST")
	}
	headers, err := template.ParseHeaders("headers", v.Map("headers"))
	for _, h := range headers {
		if v.Boolean("form") && http.CanonicalHeaderKey(h.Name) == "Content-Type" {
			return fault.New(fault.InvalidSpec, "a form has a Content-Type of its own").WithField("headers." + h.Name)
		}
	}
	return err
}

// checkLogin holds the credentials that came with a request against what auth needs.
func checkLogin(auth string, given Given) error {
	needs := map[string][]string{authBearer: {"token"}, authHeader: {"token"}, authBasic: {"user", "password"}}[auth]
	for _, name := range needs {
		if !given[name] {
			return fault.New(fault.InvalidSpec, "auth %s needs it", auth).WithField("credentials." + name)
		}
	}
	for _, name := range []string{"token", "user", "password"} {
		if given[name] && !slices.Contains(needs, name) {
			return fault.New(fault.InvalidSpec, "auth %s does not use it", auth).WithField("credentials." + name).
				WithFix("take it away, or set auth")
		}
	}
	return nil
}
