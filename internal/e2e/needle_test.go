package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// headBytes is how much of every form is looked up at once; no form is shorter.
const headBytes = 4

// needles are texts to look for, in every form in which they may have been written.
type needles struct {
	forms map[[headBytes]byte][]form
	first [1 << 16]bool // which two bytes begin a form: most places are passed by this alone
}

// form is one way of writing a needle.
type form struct {
	name, how string
	text      []byte
}

// newNeedles takes texts by their names.
func newNeedles(texts map[string]string) *needles {
	n := &needles{forms: map[[headBytes]byte][]form{}}
	for name, text := range texts {
		for how, written := range writings(text) {
			if len(written) < 2*headBytes {
				panic("needle too short to mean anything: " + name + " " + how)
			}
			n.first[uint16(written[0])<<8|uint16(written[1])] = true
			head := [headBytes]byte([]byte(written[:headBytes]))
			n.forms[head] = append(n.forms[head], form{name, how, []byte(written)})
		}
	}
	return n
}

// writings are the forms of a text.
func writings(text string) map[string]string {
	all := map[string]string{
		"raw": text, "hex": hex.EncodeToString([]byte(text)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(text))),
		"query-escaped": url.QueryEscape(text), "path-escaped": url.PathEscape(text),
	}
	percent := ""
	for _, b := range []byte(text) {
		percent += fmt.Sprintf("%%%02X", b)
	}
	all["percent"], all["percent, small"] = percent, strings.ToLower(percent)
	once := escaped(text)
	all["JSON"], all["JSON in JSON"] = once, escaped(once)
	for align := range 3 {
		all[fmt.Sprintf("base64+%d", align)] = base64At(base64.RawStdEncoding, text, align)
		all[fmt.Sprintf("base64url+%d", align)] = base64At(base64.RawURLEncoding, text, align)
	}
	return all
}

// escaped is a text within the quotes of JSON.
func escaped(text string) string {
	b, _ := json.Marshal(text) // a text always encodes
	return string(b[1 : len(b)-1])
}

// base64At is the part of an encoding that is the same whatever stands around the text,
// which begins so many bytes after a multiple of three.
func base64At(e *base64.Encoding, text string, align int) string {
	const byteBits, charBits = 8, 6
	whole := e.EncodeToString(append(make([]byte, align), text...))
	return whole[(align*byteBits+charBits-1)/charBits : (align+len(text))*byteBits/charBits]
}

// in returns the names of the needles that are found, each with its form, sorted.
func (n *needles) in(hay []byte) []string {
	found := map[string]bool{}
	for i := 0; i+headBytes <= len(hay); i++ {
		if !n.first[uint16(hay[i])<<8|uint16(hay[i+1])] {
			continue
		}
		for _, f := range n.forms[[headBytes]byte(hay[i:])] {
			if bytes.HasPrefix(hay[i:], f.text) {
				found[f.name+" ("+f.how+")"] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// The search itself is tried first: every form is found wherever it begins, and nothing
// is found where nothing is.
func TestNeedlesAreFoundInEveryForm(t *testing.T) {
	const secret = "s3cr3t/+?&\"\n värdet"
	n := newNeedles(map[string]string{"it": secret})
	for how, written := range writings(secret) {
		require.Contains(t, n.in([]byte("before "+written+" after")), "it ("+how+")")
	}
	for align := range 7 {
		around := strings.Repeat("x", align) + secret + "and more"
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			require.NotEmpty(t, n.in([]byte(e.EncodeToString([]byte(around)))), around)
		}
	}
	nested, err := json.Marshal(map[string]string{"a": `{"b":"` + escaped(secret) + `"}`})
	require.NoError(t, err)
	require.NotEmpty(t, n.in(nested))
	require.NotEmpty(t, n.in([]byte("?token="+url.QueryEscape(secret)+"&x=1")))
	require.Empty(t, n.in([]byte(strings.Repeat("nothing of the kind ", 1000))))
	require.Empty(t, n.in([]byte(secret[:len(secret)-1])))
}
