// Package apiclient is the typed client of the HTTP API: one method or collection for each
// of its resources. Types of bodies and answers are those of package httpapi.
//
//	c := apiclient.New(apiclient.Config{URL: "http://127.0.0.1:8088", Token: token})
//	source, err := c.Sources(account).Create(ctx, httpapi.Source{…})
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"transporter/internal/httpapi"
)

// requestTimeout bounds one short request; the server waits a minute for a worker at most.
const requestTimeout = 90 * time.Second

// maxAnswer bounds what is read of an answer that is not a file.
const maxAnswer = 64 << 20

// Config says which API, as whom.
type Config struct {
	URL   string // such as http://127.0.0.1:8088
	Token string
	HTTP  *http.Client // nil: http.DefaultClient
}

// Client talks to one API. It is safe for concurrent use.
type Client struct {
	url   string
	token string
	http  *http.Client
}

// New returns a client.
func New(c Config) *Client {
	client := &Client{url: strings.TrimRight(c.URL, "/"), token: c.Token, http: c.HTTP}
	if client.http == nil {
		client.http = http.DefaultClient
	}
	return client
}

// Error is the problem that the API answered.
type Error struct{ httpapi.Problem }

// Error returns the detail, each further field on its own line, and what finds the request
// in the server's log.
func (e *Error) Error() string {
	text := e.Detail
	switch len(e.Errors) {
	case 0:
	case 1:
		text = field(e.Errors[0])
	default:
		text = fmt.Sprintf("%d fields are wrong:", len(e.Errors))
		for _, issue := range e.Errors {
			text += "\n  " + field(issue)
		}
	}
	if e.Status >= http.StatusInternalServerError {
		text += " [request " + e.RequestID + "]"
	}
	return text
}

// ofField begins a message that says nothing without the name of its field.
var ofField = regexp.MustCompile(`^(its?|is|has|must) `)

// field writes an issue for people, who see no parts of a request but what they wrote.
func field(i httpapi.Issue) string {
	part, name, found := strings.Cut(i.Location, ".")
	if !found || part != "body" && !ofField.MatchString(i.Message) {
		return i.Message
	}
	return name + ": " + i.Message
}

// request is one call.
type request struct {
	method, path string
	body         any
	header       map[string]string
}

// do sends the request and reads the answer into out, unless it is nil.
func (c *Client) do(ctx context.Context, r request, out any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if out == nil {
		return res.Header, nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", c.url, err)
	}
	return res.Header, nil
}

// send returns the answer of a request that went well; the caller closes its body.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
		r.header = maps.Clone(r.header)
		if r.header == nil {
			r.header = map[string]string{}
		}
		r.header["Content-Type"] = "application/json"
	}
	return c.sendBody(ctx, r, body)
}

// sendBody sends a body as it is.
func (c *Client) sendBody(ctx context.Context, r request, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.url+r.path, body)
	if err != nil {
		return nil, fmt.Errorf("call the API: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	for name, value := range r.header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call the API at %s: %w (is it running?)", c.url, err)
	}
	if res.StatusCode < http.StatusBadRequest {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, c.problem(res)
}

func (c *Client) problem(res *http.Response) error {
	e := &Error{}
	err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&e.Problem)
	if err != nil || e.Detail == "" {
		return fmt.Errorf("call the API at %s: it answered %s, and not as an API of ours would", c.url, res.Status)
	}
	return e
}
