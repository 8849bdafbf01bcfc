package account

import (
	"net/url"

	"transporter/internal/fault"
)

// CheckHook returns nil if a webhook can have the URL: http or https, a host, and neither
// user nor password, which would end up in logs; else fault.InvalidSpec that names the field.
func CheckHook(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.InvalidSpec, "it is not the address of a webhook").WithField(field).
			WithFix("give an https address without user and password")
	}
	return nil
}
