package transform

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"transporter/internal/task"
)

// charsets are the encodings of task.Encodings besides UTF-8. All but UTF-16 write ASCII as
// it is.
var charsets = map[string]encoding.Encoding{
	task.EncodingUTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"windows-1250":       charmap.Windows1250,
	"windows-1251":       charmap.Windows1251,
	"windows-1252":       charmap.Windows1252,
	"windows-1255":       charmap.Windows1255,
	"windows-1256":       charmap.Windows1256,
	"iso-8859-1":         charmap.ISO8859_1,
	"iso-8859-15":        charmap.ISO8859_15,
	"shift_jis":          japanese.ShiftJIS,
	"gb18030":            simplifiedchinese.GB18030,
}

// charset turns UTF-8 into another encoding. The nil charset leaves it as it is.
type charset struct {
	name    string
	encoder *encoding.Encoder
	wide    bool // ASCII is written as something else
	room    []byte
}

func newCharset(name string) *charset {
	enc, ok := charsets[name]
	if !ok {
		return nil
	}
	return &charset{name: name, encoder: enc.NewEncoder(), wide: name == task.EncodingUTF16LE}
}

// append writes UTF-8 in the encoding. A character that the encoding does not have becomes a
// question mark, if unfit, which is told its place in s, has no error for it.
func (c *charset) append(dst, s []byte, unfit func(r rune, at int) error) ([]byte, error) {
	if c == nil || !c.wide && isASCII(s) {
		return append(dst, s...), nil
	}
	const room = 4 << 10
	if c.room == nil {
		c.room = make([]byte, room)
	}
	size := len(s)
	if c.wide {
		size *= 2
	}
	dst = roomFor(dst, size)
	for at := 0; at < len(s); {
		c.encoder.Reset()
		written, read, err := c.encoder.Transform(c.room, s[at:], true)
		dst = append(dst, c.room[:written]...)
		at += read
		if err == nil || errors.Is(err, transform.ErrShortDst) {
			continue
		}
		r, size := utf8.DecodeRune(s[at:])
		if err := unfit(r, at); err != nil {
			return dst, err
		}
		dst = c.ascii(dst, '?')
		at += size
	}
	return dst, nil
}

func (c *charset) ascii(dst []byte, b byte) []byte {
	if c != nil && c.wide {
		return append(dst, b, 0)
	}
	return append(dst, b)
}

// mark is the byte order mark of the encoding.
func (c *charset) mark() string {
	if c != nil && c.wide {
		return "\xff\xfe"
	}
	return utf8BOM
}

func isASCII(s []byte) bool {
	for _, b := range s {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
