package sftp

import (
	"transporter/internal/destination"
	"transporter/internal/destination/kind"
)

// Open makes the destination that an account's settings of kind sftp describe.
func Open(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
	v := kind.Values(s.Fields)
	return New(Config{
		Host: v.Text("host"), Port: v.Integer("port"), Directory: v.Text("directory"), User: v.Text("user"),
		Password: s.Secrets["password"], PrivateKey: s.Secrets["privateKey"], Passphrase: s.Secrets["passphrase"],
		HostKeys: v.List("hostKeys"), Commands: v.Boolean("commands"), InPlace: v.Boolean("inPlace"), Dial: out.Dial,
	})
}
