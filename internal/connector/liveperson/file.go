package liveperson

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"transporter/internal/connector"
	"transporter/internal/fault"
)

// What consumers may send ("Send API", file sharing).
const maxFile = 3 << 20

var (
	kinds = []string{"JPG", "JPEG", "PNG", "GIF"}
	types = map[string]string{"JPG": "image/jpeg", "JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}
)

const titleFiles = "file storage"

// signedURL is where a file may be put or got for a minute.
type signedURL struct {
	Path  string            `json:"relativePath"`
	Query map[string]string `json:"queryParams"`
}

// Upload implements connector.Platform.
func (c *Client) Upload(ctx context.Context, who connector.Consumer, kind string, size int64, body io.Reader) (string, error) {
	switch {
	case !slices.Contains(kinds, kind):
		return "", fault.New(fault.InvalidSpec, "%.20q is no kind of file that the platform takes", kind).WithField("file.type").
			WithFix("send one of %s", strings.Join(kinds, ", "))
	case size <= 0 || size > maxFile:
		return "", fault.New(fault.InvalidSpec, "it has %d bytes", size).WithField("file").WithFix("send 1 byte to 3 MB")
	}
	content, err := io.ReadAll(io.LimitReader(body, size+1))
	if err != nil {
		return "", err
	}
	if int64(len(content)) != size {
		return "", fault.New(fault.Corrupt, "the file has not the %d bytes that it is said to have", size).WithField("file")
	}
	at, err := c.sign(ctx, who, "ms.GenerateURLForUploadFile", map[string]any{"fileSize": strconv.FormatInt(size, 10), "fileType": kind})
	if err != nil {
		return "", err
	}
	res, err := c.transfer(ctx, http.MethodPut, at, bytes.NewReader(content), types[kind])
	if err != nil {
		return "", err
	}
	return at.Path, res.Body.Close()
}

// Download implements connector.Platform.
func (c *Client) Download(ctx context.Context, who connector.Consumer, path string) (io.ReadCloser, error) {
	at, err := c.sign(ctx, who, "ms.GenerateURLForDownloadFile", map[string]any{"relativePath": path})
	if err != nil {
		return nil, err
	}
	res, err := c.transfer(ctx, http.MethodGet, at, nil, "")
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// sign asks for an address in the file storage.
func (c *Client) sign(ctx context.Context, who connector.Consumer, kind string, body map[string]any) (at signedURL, err error) {
	answer, err := c.request(ctx, who, kind, body, nil)
	if err != nil {
		return at, err
	}
	if err := answer.decode(&at); err != nil {
		return at, err
	}
	if !strings.HasPrefix(at.Path, "/") { // else it would become a part of the host's name
		return at, fault.New(fault.Upstream, "%s: the answer has no address of a file", titleSend)
	}
	return at, nil
}

// transfer puts or gets a file. The address is signed, so that no token goes along, and it
// appears in no error. An answer that is no success is classified; the caller closes one that is.
func (c *Client) transfer(ctx context.Context, method string, at signedURL, body io.Reader, kind string) (*http.Response, error) {
	host, err := c.config.Account.Host(ctx, serviceFiles)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for name, value := range at.Query {
		query.Set(name, value)
	}
	link := url.URL{Scheme: "https", Host: host, Path: at.Path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, link.String(), body)
	if err != nil {
		return nil, fault.New(fault.Upstream, "%s: the address of the file cannot be read", titleFiles)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.send(req, serviceFiles, host, titleFiles)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusCreated {
		return res, nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxDrain))
	if res.StatusCode == http.StatusUnauthorized {
		return nil, fault.New(fault.Upstream, "%s: the address of the file has expired", titleFiles) // the next attempt gets another
	}
	secrets := make([]string, 0, len(at.Query))
	for _, value := range at.Query {
		secrets = append(secrets, value)
	}
	return nil, c.refusal(call{title: titleFiles, secrets: secrets}, res, text)
}
