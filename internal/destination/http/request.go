package httpput

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"path"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/destination/template"
	"transporter/internal/fault"
	"transporter/internal/signature"
)

// request makes the request of a file.
func (d *Destination) request(ctx context.Context, f destination.File, w *wrapped) (*http.Request, error) {
	u, err := d.address(f)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, d.config.method, u.String(), w.body)
	if err != nil {
		return nil, fault.New(fault.InvalidSpec, "send %s: it has no address there", f.Name).WithField("url")
	}
	req.ContentLength = w.size
	h := req.Header
	h.Set("Content-Type", w.contentType)
	if w.disposition != "" {
		h.Set("Content-Disposition", w.disposition)
	}
	values := template.File(f)
	for _, p := range d.config.headers {
		h.Set(p.Name, p.Value.Fill(values, template.EscapeHeader))
	}
	h.Set("Content-Digest", w.digest)
	h.Set("Idempotency-Key", idempotencyKey(f))
	d.authorize(h)
	if len(d.config.signing) > 0 {
		content := signature.Request(req.Method, u.RequestURI(), w.digest)
		h.Set(signature.Header, signature.Sign(d.config.signing, d.now(), content))
	}
	return req, nil
}

func (d *Destination) authorize(h http.Header) {
	if a := d.config.auth; a.header != "" {
		h.Set(a.header, a.value)
	}
}

// address is the URL of a file.
func (d *Destination) address(f destination.File) (*url.URL, error) {
	return d.config.url.Fill(template.File(f), d.config.parameters)
}

// wrapped is a file as the body of a request.
type wrapped struct {
	body        io.ReadCloser
	file        *body
	size        int64
	digest      string // of the whole body (RFC 9530 section 2)
	contentType string
	disposition string
}

// failure is why the file itself could not be read; nil when it could.
func (w *wrapped) failure() error { return w.file.failure() }

// wrap opens the file as the body of a request: bare, or as the one part of a form, whose
// digest costs a second reading of the file.
func (d *Destination) wrap(ctx context.Context, f destination.File, moved func()) (*wrapped, error) {
	head, tail, w, err := d.frame(f)
	if err != nil {
		return nil, err
	}
	w.digest = digest(f.SHA256)
	if len(head) > 0 {
		if w.digest, err = framedDigest(ctx, f, moved, head, tail); err != nil {
			return nil, err
		}
	}
	w.size = int64(len(head)) + f.Size + int64(len(tail))
	if w.file, err = newBody(ctx, f, moved); err != nil {
		return nil, err
	}
	w.body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), w.file, bytes.NewReader(tail)), w.file}
	return w, nil
}

// frame returns what surrounds the file in a form (RFC 7578); of a bare file nothing. The
// boundary belongs to the file, so that a repeat is the same to the byte.
func (d *Destination) frame(f destination.File) (head, tail []byte, w *wrapped, err error) {
	name := path.Base(f.Name)
	if d.config.form == "" {
		disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
		return nil, nil, &wrapped{contentType: contentType(f), disposition: disposition}, nil
	}
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	err = form.SetBoundary(idempotencyKey(f))
	if err == nil {
		_, err = form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(d.config.form, name)}, "Content-Type": {contentType(f)},
		})
	}
	split := buffer.Len()
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("frame %s: %w", f.Name, err)
	}
	return buffer.Bytes()[:split], buffer.Bytes()[split:], &wrapped{contentType: form.FormDataContentType()}, nil
}

// framedDigest hashes the body of a form.
func framedDigest(ctx context.Context, f destination.File, moved func(), head, tail []byte) (string, error) {
	file, err := newBody(ctx, f, moved)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	_, sum, err := destination.Digest(ctx, io.MultiReader(bytes.NewReader(head), file, bytes.NewReader(tail)))
	if err != nil {
		return "", err
	}
	return digest(sum), nil
}

// digest is the value of Content-Digest for a SHA-256 in hexadecimal.
func digest(sum string) string {
	raw, err := hex.DecodeString(sum)
	if err != nil {
		return ""
	}
	return "sha-256=:" + base64.StdEncoding.EncodeToString(raw) + ":"
}

// contentType names what the file is (RFC 3156 section 4 for OpenPGP).
func contentType(f destination.File) string {
	switch {
	case strings.HasSuffix(f.Name, ".pgp"):
		return "application/pgp-encrypted"
	case strings.HasSuffix(f.Name, ".json"):
		return "application/json"
	}
	return "application/octet-stream"
}
