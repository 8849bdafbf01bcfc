package apiclient

import (
	"context"
	"net/http"
	"net/url"

	"transporter/internal/feedschema"
	"transporter/internal/httpapi"
)

// Feeds lists the feeds that tasks read.
func (c *Client) Feeds(ctx context.Context, account string) (list []httpapi.Feed, err error) {
	var v httpapi.List[httpapi.Feed]
	_, err = c.do(ctx, request{http.MethodGet, of(account, "feeds"), nil, nil}, &v)
	return v.Items, err
}

// Leaves lists the leaves of a feed that were read, from…to, days or empty.
func (c *Client) Leaves(ctx context.Context, account, source, feed, dedupe, from, to string) (list []httpapi.FeedLeaf, err error) {
	ask := url.Values{"source": {source}, "dedupe": {dedupe}, "from": {from}, "to": {to}}
	var v httpapi.List[httpapi.FeedLeaf]
	_, err = c.do(ctx, request{http.MethodGet, of(account, "feeds/"+url.PathEscape(feed)+"/leaves?"+ask.Encode()), nil, nil}, &v)
	return v.Items, err
}

// FeedSchema returns what is known of a feed of a source.
func (c *Client) FeedSchema(ctx context.Context, account, source, feed, version string) (v httpapi.FeedSchema, err error) {
	_, err = c.do(ctx, request{http.MethodGet, schemaPath(account, source, feed, version, ""), nil, nil}, &v)
	return v, err
}

// ReleaseFeed lets one change pass that holds a feed.
func (c *Client) ReleaseFeed(ctx context.Context, account, source, feed, version string, r httpapi.FeedRelease) (h feedschema.Hold, err error) {
	_, err = c.do(ctx, request{http.MethodPost, schemaPath(account, source, feed, version, "/release"), r, nil}, &h)
	return h, err
}

func schemaPath(account, source, feed, version, action string) string {
	return of(account, "feeds/"+url.PathEscape(feed)+"/schema"+action+"?"+url.Values{"source": {source}, "version": {version}}.Encode())
}

// CredentialRecord encrypts an access key to a consumer of a bucket.
func (c *Client) CredentialRecord(ctx context.Context, account, destination string, in httpapi.CredentialRecordRequest) (r httpapi.CredentialRecord, err error) {
	_, err = c.do(ctx, request{http.MethodPost, of(account, "destinations/"+url.PathEscape(destination)+"/credential-record"), in, nil}, &r)
	return r, err
}
