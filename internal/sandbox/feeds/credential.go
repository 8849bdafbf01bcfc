package feeds

import (
	"strings"
	"time"
)

// Credential is what a company is given to read its bucket (docs.asapp.com/reporting/retrieve-s3,
// "Credential exchange").
type Credential struct {
	ID, Secret, Bucket, Folder string
}

// Record is the credential as one tab-separated record, of three cells where there is no sub-folder.
func (c Credential) Record() string {
	cells := []string{c.ID, c.Secret, c.Bucket}
	if c.Folder != "" {
		cells = append(cells, c.Folder)
	}
	return strings.Join(cells, "\t") + "\n"
}

// Encrypted is the record as an OpenPGP message to the owner of an armored public key.
func (c Credential) Encrypted(armoredKey string, now time.Time) ([]byte, error) {
	return encrypted([]byte(c.Record()), armoredKey, now)
}
