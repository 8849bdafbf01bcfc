package httpput

import (
	"cmp"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"transporter/internal/destination"
	"transporter/internal/destination/kind"
	"transporter/internal/destination/template"
	"transporter/internal/fault"
)

// Ways to log in.
const (
	authNone   = "none"
	authBearer = "bearer" // RFC 6750 section 2.1
	authBasic  = "basic"  // RFC 7617
	authHeader = "header" // a header of the receiver's own
)

const (
	// minSigning is the least length of a signing key: 128 bits.
	minSigning = 16
	// defaultForm is the name of a form's file unless the settings have another.
	defaultForm = "file"
)

// config is what the settings say.
type config struct {
	method     string
	url        template.URL
	parameters []template.Pair
	headers    []template.Pair
	form       string // name of the form's file; empty: the file is the body
	accept     map[int]bool
	manifest   bool
	auth       login
	signing    []byte // empty: not signed
	roots      string
}

// login is what goes into every request so that the receiver lets us in.
type login struct{ header, value string }

// parse reads settings of kind http. Package kind has checked the texts when they were entered;
// the credentials are seen here for the first time.
func parse(s destination.Settings) (config, error) {
	v := kind.Values(s.Fields)
	c := config{
		method: cmp.Or(v.Text("method"), http.MethodPost), accept: accepted(v.Integers("accept")),
		manifest: v.Boolean("manifest"), roots: v.Text("roots"),
	}
	if v.Boolean("form") {
		c.form = cmp.Or(v.Text("formField"), defaultForm)
	}
	var err error
	if c.url, err = template.ParseURL("url", v.Text("url")); err != nil {
		return c, err
	}
	if c.parameters, err = template.ParsePairs("parameters", v.Map("parameters")); err != nil {
		return c, err
	}
	if c.headers, err = template.ParseHeaders("headers", v.Map("headers")); err != nil {
		return c, err
	}
	if c.auth, err = parseLogin(v, s.Secrets); err != nil {
		return c, err
	}
	c.signing = []byte(reveal(s.Secrets, "signingKey"))
	if len(c.signing) > 0 && len(c.signing) < minSigning {
		return c, refuse("credentials.signingKey", "it has %d characters", len(c.signing)).WithFix("give at least %d, at random", minSigning)
	}
	return c, nil
}

// accepted are the statuses that mean "taken"; unless there are others those of RFC 9110
// section 15.3 that a receiver of files uses.
func accepted(statuses []int) map[int]bool {
	if len(statuses) == 0 {
		statuses = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	}
	accept := map[int]bool{}
	for _, status := range statuses {
		accept[status] = true
	}
	return accept
}

func parseLogin(v kind.Values, secrets map[string]destination.Secret) (login, error) {
	auth, token := cmp.Or(v.Text("auth"), authNone), reveal(secrets, "token")
	if auth == authNone {
		return login{}, nil
	}
	if auth == authBasic {
		user, password := reveal(secrets, "user"), reveal(secrets, "password")
		if user == "" || password == "" || strings.Contains(user, ":") {
			return login{}, refuse("credentials.user", "basic needs a user, without colon, and a password")
		}
		return login{"Authorization", basic(user, password)}, nil
	}
	if token == "" || !httpguts.ValidHeaderFieldValue(token) {
		return login{}, refuse("credentials.token", "%s needs a token without line ends", auth)
	}
	if auth == authBearer {
		return login{"Authorization", "Bearer " + token}, nil
	}
	return login{v.Text("authHeader"), token}, template.CheckHeader("authHeader", v.Text("authHeader"))
}

// basic is the value of Authorization for a user and a password.
func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

func reveal(secrets map[string]destination.Secret, name string) string {
	if secret, ok := secrets[name]; ok {
		return secret.Reveal()
	}
	return ""
}

func refuse(field, format string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, format, args...).WithField(field)
}
