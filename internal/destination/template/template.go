// Package template fills texts of an operator, such as a URL, a header or the subject of a
// mail, with what is known of a file or of a delivery: "{report} of {from}".
package template

import (
	"regexp"
	"slices"
	"strings"

	"transporter/internal/fault"
)

// maxText bounds a template in bytes: the longest are bodies of mails.
const maxText = 16 << 10

// Template is a text with fields. Its zero value is the empty text.
type Template struct{ tokens []token }

// token is a field, or literal text when field is empty.
type token struct{ field, text string }

// lexer splits a text into fields, plain text and braces that belong to no field.
var lexer = regexp.MustCompile(`\{[^{}]*\}|[^{}]+|[{}]`)

// Parse reads a text whose fields are among the given ones. What is wrong is
// fault.InvalidSpec that names where.
func Parse(where, text string, fields []string) (Template, error) {
	var t Template
	if len(text) > maxText {
		return t, fault.New(fault.InvalidSpec, "the text has %d bytes, at most %d are allowed", len(text), maxText).WithField(where)
	}
	for _, lexeme := range lexer.FindAllString(text, -1) {
		if lexeme[0] != '{' && lexeme[0] != '}' {
			t.tokens = append(t.tokens, token{text: lexeme})
			continue
		}
		field := strings.Trim(lexeme, "{}")
		if len(lexeme) == 1 || !slices.Contains(fields, field) {
			return Template{}, fault.New(fault.InvalidSpec, "there is no field %q", clip(lexeme)).WithField(where).
				WithFix("use {%s}", strings.Join(fields, "}, {"))
		}
		t.tokens = append(t.tokens, token{field: field})
	}
	return t, nil
}

// Fill returns the text with the values in place of the fields, each after escape; a nil
// escape leaves them as they are.
func (t Template) Fill(values map[string]string, escape func(string) string) string {
	var b strings.Builder
	for _, k := range t.tokens {
		switch {
		case k.field == "":
			b.WriteString(k.text)
		case escape == nil:
			b.WriteString(values[k.field])
		default:
			b.WriteString(escape(values[k.field]))
		}
	}
	return b.String()
}

// Has reports whether the template has the field.
func (t Template) Has(field string) bool {
	return slices.ContainsFunc(t.tokens, func(k token) bool { return k.field == field })
}

// IsZero reports whether the text is empty.
func (t Template) IsZero() bool { return len(t.tokens) == 0 }

func clip(s string) string {
	const longest = 40
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
