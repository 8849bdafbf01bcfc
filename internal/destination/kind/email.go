package kind

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"transporter/internal/destination/template"
	"transporter/internal/fault"
)

// maxLinkDays is as long as files stay in the cloud store.
const maxLinkDays = 28

var emailKind = Kind{
	Name: "email",
	Doc:  "A message that says what was delivered, with links if you like; the deployment's mail server sends it.",
	Fields: []Field{
		{Name: "to", Type: List, Doc: "Addresses.", Example: []any{"wfm@example.com"}, Required: true, MaxLength: 254, MaxItems: 32},
		{Name: "cc", Type: List, Doc: "Addresses that get a copy.", Example: []any{"lead@example.com"}, MaxLength: 254, MaxItems: 32},
		{Name: "bcc", Type: List, Doc: "Addresses that get a copy which nobody else sees.", MaxLength: 254, MaxItems: 32},
		{Name: "subject", Doc: "Template of the subject; absent: task and window.", Example: "{report} of {from}", MaxLength: 200},
		{Name: "body", Doc: "Template of the text above the list of files.", MaxLength: 4000, Example: "The export is ready."},
		{Name: "link", Type: Boolean, Doc: "Whether each file has a link that expires; without, files are fetched from the history.", Example: true},
		{Name: "linkDays", Type: Integer, Doc: "After how many days links expire; absent: 7.", Example: 7, Min: 1, Max: maxLinkDays},
	},
	Check: checkEmail,
	Place: func(v Values) string { return strings.Join(v.List("to"), ", ") },
}

func checkEmail(v Values, _ Given) error {
	for _, field := range []string{"to", "cc", "bcc"} {
		for i, text := range v.List(field) {
			if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
				return fault.New(fault.InvalidSpec, "this is no email address").WithField(fmt.Sprintf("%s[%d]", field, i)).
					WithFix("write it as name@example.com")
			}
		}
	}
	if v.Text("linkDays") != "" && !v.Boolean("link") {
		return fault.New(fault.InvalidSpec, "there are no links").WithField("linkDays").WithFix("set link to true, or take it away")
	}
	if strings.ContainsFunc(v.Text("subject"), unicode.IsControl) {
		return fault.New(fault.InvalidSpec, "it must be one line").WithField("subject")
	}
	for _, field := range []string{"subject", "body"} {
		if _, err := template.Parse(field, v.Text(field), template.DeliveryFields()); err != nil {
			return err
		}
	}
	return nil
}

// LinkDays is how many days an account asks links of the kind to live; zero where it does not.
func LinkDays(name string, v Values) int {
	if name != emailKind.Name {
		return 0
	}
	return v.Integer("linkDays")
}

// SendsLinks reports whether whoever gets what is delivered to a destination of the kind can
// fetch the files by links, so that files must be encrypted.
func SendsLinks(name string, v Values) bool { return name == emailKind.Name && v.Boolean("link") }
