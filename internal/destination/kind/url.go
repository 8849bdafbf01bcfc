package kind

import (
	"net/url"

	"transporter/internal/fault"
)

// checkURL refuses a value that is no http or https address with a host and nothing secret
// in it; an absent value is fine.
func checkURL(v Values, name string) error {
	text := v.Text(name)
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	bad := func(problem string) error {
		return fault.New(fault.InvalidSpec, "%s", problem).WithField(name).WithFix("write it as https://host.example.com/path")
	}
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return bad("this is no https or http address")
	case u.User != nil:
		return bad("user and password belong into the credentials")
	case u.Fragment != "":
		return bad("an address has no fragment")
	}
	return nil
}
