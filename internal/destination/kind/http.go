package kind

import (
	"slices"

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
		{Name: "url", Doc: "Where requests go; may hold templates.", Example: "https://files.example.com/in/{file}", Required: true, MaxLength: 2000},
		{Name: "method", Doc: "The request's method.", Enum: []string{"POST", "PUT"}, Default: "POST", Example: "PUT"},
		{Name: "headers", Type: Map, Doc: "Headers of every request; values may hold templates.", Example: map[string]any{"X-Report": "{report}"}, MaxItems: 32},
		{Name: "parameters", Type: Map, Doc: "URL parameters of every request; values may hold templates.", Example: map[string]any{"window": "{from}"}, MaxItems: 32},
		{
			Name: "auth", Doc: "Who sends: nobody, a bearer token, user and password, or a token in a header of your own.",
			Enum: []string{authNone, authBearer, authBasic, authHeader}, Default: authNone, Example: authHeader,
		},
		{Name: "authHeader", Doc: "The header of auth header.", Example: "X-Api-Key", MaxLength: 100},
		{Name: "form", Type: Boolean, Doc: "Whether the file is sent as a part of a multipart form.", Example: false},
		{Name: "accept", Type: Integers, Doc: "Status codes that mean done; absent: 200 to 299.", Example: []any{200, 202}, Min: 200, Max: 599},
		{Name: "manifest", Type: Boolean, Doc: "Whether the manifest is sent after the files.", Example: true},
		rootsField,
	},
	Secrets: []Field{
		{Name: "token", Doc: "The token of auth bearer and header.", Example: map[string]any{"env": "TRANSPORTER_SECRET_HTTP"}},
		{Name: "user", Doc: "The user of auth basic."},
		{Name: "password", Doc: "The password of auth basic."},
		{Name: "signingKey", Doc: "Signs every request (HMAC-SHA256)."},
	},
	Check: checkHTTP,
	Place: func(v Values) string { return v.Text("method") + " " + v.Text("url") },
}

func checkHTTP(v Values, given Given) error {
	auth := v.Text("auth")
	if (auth == authHeader) != (v.Text("authHeader") != "") {
		return fault.New(fault.InvalidSpec, "auth header and authHeader go together").WithField("authHeader")
	}
	if given != nil {
		if err := checkLogin(auth, given); err != nil {
			return err
		}
	}
	return checkURL(v, "url")
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
