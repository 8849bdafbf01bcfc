package httpput

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/destination/template"
	"transporter/internal/fault"
)

// Names of the settings; values are texts, objects and lists are JSON.
const (
	fieldURL        = "url"
	fieldMethod     = "method"     // POST (default) or PUT
	fieldHeaders    = "headers"    // object: name → template
	fieldParameters = "parameters" // object: name → template, added to the URL's query
	fieldForm       = "form"       // name of the form's file field; empty: the file is the body
	fieldAccept     = "accept"     // list of statuses
	fieldManifest   = "manifest"   // true: the manifest is sent too, last
	fieldAuth       = "auth"       // none (default), bearer, basic, header
	fieldUser       = "user"       // basic
	fieldAuthHeader = "authHeader" // header
	fieldRoots      = "ca"         // PEM

	secretToken    = "token"    // bearer, header
	secretPassword = "password" // basic
	secretSigning  = "signingSecret"
)

// Ways to log in.
const (
	authNone   = "none"
	authBearer = "bearer" // RFC 6750 section 2.1
	authBasic  = "basic"  // RFC 7617
	authHeader = "header" // a header of the receiver's own
)

// minSigning is the least length of a signing secret: 128 bits.
const minSigning = 16

// config is what the settings say.
type config struct {
	method     string
	url        target
	parameters []pair
	headers    []pair
	form       string
	accept     map[int]bool
	manifest   bool
	auth       login
	signing    []byte // empty: not signed
	roots      string
}

// login is what goes into every request so that the receiver lets us in.
type login struct{ header, value string }

func parse(s destination.Settings) (config, error) {
	c := config{
		method: cmp.Or(s.Fields[fieldMethod], http.MethodPost), form: s.Fields[fieldForm],
		manifest: s.Fields[fieldManifest] == "true", roots: s.Fields[fieldRoots],
	}
	if c.method != http.MethodPost && c.method != http.MethodPut {
		return c, refuse(fieldMethod, "%q is neither POST nor PUT", c.method)
	}
	var err error
	if c.url, err = parseTarget(s.Fields[fieldURL]); err != nil {
		return c, err
	}
	if c.parameters, err = parsePairs(fieldParameters, s.Fields[fieldParameters]); err != nil {
		return c, err
	}
	if c.headers, err = parseHeaders(s.Fields[fieldHeaders], c.form != ""); err != nil {
		return c, err
	}
	if c.accept, err = parseAccept(s.Fields[fieldAccept]); err != nil {
		return c, err
	}
	if c.auth, err = parseLogin(s); err != nil {
		return c, err
	}
	if c.signing = []byte(reveal(s, secretSigning)); len(c.signing) > 0 && len(c.signing) < minSigning {
		return c, refuse(secretSigning, "it has %d characters", len(c.signing)).WithFix("give at least %d, at random", minSigning)
	}
	return c, c.distinct()
}

// distinct refuses a PUT that would replace each file by the next (RFC 9110 section 9.3.4).
func (c config) distinct() error {
	if c.method != http.MethodPut || c.url.has("name") || c.url.has("sha256") {
		return nil
	}
	for _, p := range c.parameters {
		if p.value.Has("name") || p.value.Has("sha256") {
			return nil
		}
	}
	return refuse(fieldURL, "every PUT would replace the file before it").WithFix("put {name} into the URL or a parameter, or use POST")
}

// parseAccept reads the statuses that mean "taken"; by default those of RFC 9110 section 15.3
// that a receiver of files uses.
func parseAccept(text string) (map[int]bool, error) {
	if text == "" {
		return map[int]bool{http.StatusOK: true, http.StatusCreated: true, http.StatusAccepted: true, http.StatusNoContent: true}, nil
	}
	list, err := parseList[int](fieldAccept, text)
	accept := map[int]bool{}
	for _, status := range list {
		if status < http.StatusOK || status >= http.StatusMultipleChoices {
			return nil, refuse(fieldAccept, "%d does not say that a file was taken", status).WithFix("use statuses from 200 to 299")
		}
		accept[status] = true
	}
	return accept, err
}

func parseLogin(s destination.Settings) (login, error) {
	kind, token := cmp.Or(s.Fields[fieldAuth], authNone), reveal(s, secretToken)
	switch kind {
	case authNone:
		return login{}, nil
	case authBasic:
		user, password := s.Fields[fieldUser], reveal(s, secretPassword)
		if user == "" || password == "" || strings.Contains(user, ":") {
			return login{}, refuse(fieldUser, "basic needs a user, without colon, and a password")
		}
		return login{"Authorization", basic(user, password)}, nil
	case authBearer, authHeader:
	default:
		return login{}, refuse(fieldAuth, "%q is none of none, bearer, basic and header", kind)
	}
	if token == "" || !visible(token) {
		return login{}, refuse(secretToken, "%s needs a token of visible characters", kind)
	}
	if kind == authBearer {
		return login{"Authorization", "Bearer " + token}, nil
	}
	name := s.Fields[fieldAuthHeader]
	if err := checkHeader(fieldAuthHeader, name); err != nil {
		return login{}, err
	}
	return login{name, token}, nil
}

// basic is the value of Authorization for a user and a password.
func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

func reveal(s destination.Settings, name string) string {
	if secret, ok := s.Secrets[name]; ok {
		return secret.Reveal()
	}
	return ""
}

func refuse(field, format string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, format, args...).WithField(field)
}

// pair is a named template.
type pair struct {
	name  string
	value template.Template
}

func at(field, name string) string { return field + "[" + strconv.Quote(name) + "]" }
