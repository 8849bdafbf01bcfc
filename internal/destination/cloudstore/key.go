package cloudstore

import (
	"encoding/hex"
	"fmt"
	"strings"

	"transporter/internal/fault"
)

// escape begins the two hexadecimal digits of a byte that a store key cannot hold; it is
// allowed in keys and rare in names.
const escape = '~'

// maxKeyPart is the longest part of a key that the file driver's folder can hold.
const maxKeyPart = 255

// encode writes a file name in the alphabet of store keys: letters, digits and "._=+-"
// stand for themselves, every other byte becomes ~XX.
func encode(name string) string {
	var key strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '/' || isPlain(c):
			key.WriteByte(c)
		default:
			fmt.Fprintf(&key, "%c%02X", escape, c)
		}
	}
	return key.String()
}

// decode undoes encode; ok is false for a key that encode does not make.
func decode(key string) (name string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] != escape {
			out.WriteByte(key[i])
			continue
		}
		if i+2 >= len(key) {
			return "", false
		}
		raw, err := hex.DecodeString(key[i+1 : i+3])
		if err != nil {
			return "", false
		}
		out.Write(raw)
		i += 2
	}
	return out.String(), true
}

func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._=+-", c) >= 0
}

// checkLength refuses a name that grows too long when its bytes are escaped.
func checkLength(name string) error {
	for part := range strings.SplitSeq(encode(name), "/") {
		if len(part) > maxKeyPart {
			return fault.New(fault.InvalidSpec, "file name %q is too long for the cloud store", name).
				WithField("fileName").WithFix("shorten it: characters other than A-Z, a-z, 0-9 count three for each of their bytes, of at most %d", maxKeyPart)
		}
	}
	return nil
}
