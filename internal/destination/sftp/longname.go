package sftp

import (
	"crypto/rand"
	"path"
	"strings"
	"unicode/utf8"

	"transporter/internal/fault"
)

// shortName is a length that servers take: encrypted file systems, the strictest in use,
// have 143.
const shortName = 64

// nameTooLong tells whether the length of a name is why a write failed: then a name like it
// is refused too, and a short one beside it is not.
func (s *session) nameTooLong(name string) error {
	folder, base := path.Split(name)
	if len(base) <= shortName {
		return nil
	}
	_, last := utf8.DecodeLastRuneInString(base)
	alike, short := base[:len(base)-last]+"~", ".probe-"+strings.ToLower(rand.Text())
	if s.takes(folder+alike) || !s.takes(folder+short) {
		return nil
	}
	return fault.New(fault.InvalidSpec, "write %s on %s: the server takes no name of %d bytes", name, s.d.login.Address(), len(base)).
		WithField("fileName").WithFix("shorten the file name; until a file is whole its name has 23 bytes more")
}

// takes tries whether something can be written under a name, and takes it away again.
func (s *session) takes(name string) bool {
	f, err := s.client.Create(name)
	if err != nil {
		return false
	}
	_, err = f.Write([]byte{0})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	_ = s.client.Remove(name) // of a name that was refused there may be nothing
	return err == nil
}
