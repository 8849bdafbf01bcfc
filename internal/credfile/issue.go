package credfile

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode"

	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// Issue encrypts the record to the key of the one who is to read the bucket, as armored text that Decrypt
// reads. What a record cannot hold is fault.InvalidSpec on its field, a key that is expired or revoked
// fault.KeyUnfit. Nothing is kept.
func (r Record) Issue(to *pgp.Key, now time.Time) ([]byte, error) {
	cells := []struct{ field, text string }{
		{"accessKeyId", r.AccessKeyID.Reveal()}, {"secretAccessKey", r.SecretAccessKey.Reveal()}, {"bucket", r.Bucket}, {"folder", r.Prefix},
	}
	var line []string
	for _, c := range cells {
		switch {
		case strings.ContainsFunc(c.text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }):
			return nil, fault.New(fault.InvalidSpec, "it has blanks, tabs or line ends, which part the cells of a record").WithField(c.field)
		case c.text != "":
			line = append(line, c.text)
		case c.field != "folder":
			return nil, fault.New(fault.InvalidSpec, "it is missing").WithField(c.field).WithFix("give the key that was made for the consumer, who may only read")
		}
	}
	if err := to.Fitness(now); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w, err := pgp.Encrypt(&file, []*pgp.Key{to}, pgp.Message{Now: now, Armor: true})
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, strings.Join(line, "\t")+"\n"); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
