package liveperson

import (
	"context"
	"io"

	"transporter/internal/source"
)

var _ source.Caller = (*Client)(nil)

// Host implements source.Caller.
func (c *Client) Host(ctx context.Context, service string) (string, error) {
	return c.host(ctx, service)
}

// Forget implements source.Caller.
func (c *Client) Forget(service, host string) { c.forget(service, host) }

// Call implements source.Caller. Its requests come before those of reports: somebody waits.
func (c *Client) Call(ctx context.Context, call source.Call) (source.Answer, error) {
	urgent := c.urgent()
	if call.Once {
		urgent.config.Limits.Retries = 0
	}
	s := session{Client: urgent}
	var body []byte
	err := s.call(ctx, request{
		api:    api{service: call.Service, title: call.Title, permission: call.Permission, takes: call.Takes, blank: true},
		method: call.Method, path: c.path(call.Path), query: call.Query, body: call.Body, header: call.Header,
	}, func(in io.Reader) (err error) {
		if body = nil; in != nil {
			body, err = io.ReadAll(in)
		}
		return err
	})
	return source.Answer{Header: s.header, Body: body}, err
}
