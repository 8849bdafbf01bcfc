package kind

import (
	"fmt"
	"strings"

	"transporter/internal/fault"
)

var sftpKind = Kind{
	Name: "sftp",
	Doc:  "A folder of an SFTP server.",
	Fields: []Field{
		{Name: "host", Doc: "Name or address.", Example: "sftp.example.com", Required: true, MaxLength: 253},
		{Name: "port", Type: Integer, Doc: "Its port.", Example: 22, Default: "22", Min: 1, Max: 65535},
		{Name: "directory", Doc: "Where files go.", Example: "/incoming"},
		{Name: "user", Doc: "Who logs in.", Example: "transporter", Required: true, MaxLength: 100},
		{
			Name: "hostKeys", Type: List, Required: true, MaxLength: 4096,
			Doc:     "The server's public keys, as ssh-keyscan prints them without the host. No other key is trusted.",
			Example: []any{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBJfBDEyvTHEhQH1JDwiQfRGUvA0oEmCDlOhQVGrr/L"},
		},
		{Name: "commands", Type: Boolean, Doc: "Whether commands may be run there: sha256sum then checks what was delivered.", Example: true},
		{Name: "inPlace", Type: Boolean, Doc: "For servers that forbid renaming: files are written under their final names, where a reader may see half of one."},
	},
	Secrets: []Field{
		{Name: "password", Doc: "A password; or a private key."},
		{Name: "privateKey", Doc: "An SSH private key in PEM.", File: true, Example: map[string]any{"file": "sftp-key"}},
		{Name: "passphrase", Doc: "Of the private key, if it has one.", Example: map[string]any{"env": "TRANSPORTER_SECRET_SFTP"}},
	},
	Check: checkSFTP,
	Place: func(v Values) string {
		return strings.TrimSpace(fmt.Sprintf("%s@%s:%d %s", v.Text("user"), v.Text("host"), v.Integer("port"), v.Text("directory")))
	},
}

func checkSFTP(v Values, given Given) error {
	switch {
	case given == nil:
	case given["password"] == given["privateKey"]:
		return fault.New(fault.InvalidSpec, "give either a password or a private key").WithField("credentials")
	case given["passphrase"] && !given["privateKey"]:
		return fault.New(fault.InvalidSpec, "a passphrase belongs to a private key").WithField("credentials.passphrase")
	}
	for i, line := range v.List("hostKeys") {
		if len(strings.Fields(line)) < 2 {
			return fault.New(fault.InvalidSpec, "this is not a public host key").WithField(fmt.Sprintf("hostKeys[%d]", i)).
				WithFix(`write one key an entry, such as "ssh-ed25519 AAAA…": ssh-keyscan HOST prints them after the host's name`)
		}
	}
	return nil
}
