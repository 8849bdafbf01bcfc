package transform

import (
	"bytes"

	"golang.org/x/net/html"

	"transporter/internal/transform/cell"
)

// appendWithoutTags appends the text of an HTML fragment to dst and points out at it:
// tags and comments removed, entities decoded, line breaks for <br> and </p>.
func appendWithoutTags(dst, fragment []byte, out *cell.Cell) []byte {
	from := len(dst)
	z := html.NewTokenizer(bytes.NewReader(fragment))
	for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
		switch name, _ := z.TagName(); {
		case tt == html.TextToken:
			dst = append(dst, z.Text()...)
		case string(name) == "br", tt == html.EndTagToken && string(name) == "p":
			dst = append(dst, '\n')
		}
	}
	out.SetText(dst[from:len(dst):len(dst)])
	return dst
}
