package temporalx

import (
	"errors"
	"regexp"

	"go.temporal.io/sdk/temporal"
)

// The shapes in which a secret gets into an error text: a URL with user info, a query or
// form parameter, a JSON member, an Authorization header, a private key block.
var secretShapes = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://)[^/\s@"']+@`), "${1}***@"},
	{regexp.MustCompile(`(?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*)[^\r\n]+`), "${1}***"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/_=.~-]{8,}`), "${1} ***"},
	{regexp.MustCompile(`(?i)([\w.-]*(?:passw(?:or)?d|passphrase|secret|token|signature|credential|api[_-]?key)[\w-]*=)[^&\s"',;)]+`), "${1}***"},
	{regexp.MustCompile(`(?i)("[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|signature|credential|api[_-]?key)[\w-]*"\s*:\s*)"(?:[^"\\]|\\.)*"`), `${1}"***"`},
	{regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----).*?(-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\z)`), "${1}***"},
}

// Scrub replaces what looks like a secret in a text by ***. It is the second line: errors
// are made without secrets in the first place.
func Scrub(text string) string {
	for _, s := range secretShapes {
		text = s.find.ReplaceAllString(text, s.put)
	}
	return text
}

// scrubbed returns err, or if its text holds a secret an application error of the same
// type and retry behaviour with the text scrubbed and no cause.
func scrubbed(err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	clean := Scrub(err.Error())
	if clean == err.Error() {
		return err
	}
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return temporal.NewApplicationErrorWithOptions(clean, "", temporal.ApplicationErrorOptions{})
	}
	return temporal.NewApplicationErrorWithOptions(Scrub(app.Message()), app.Type(), temporal.ApplicationErrorOptions{
		NonRetryable: app.NonRetryable(), NextRetryDelay: app.NextRetryDelay(), Category: app.Category(),
	})
}
