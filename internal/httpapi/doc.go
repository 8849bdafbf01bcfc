// Package httpapi is the HTTP API of the transporter: OpenAPI 3.1 at /openapi.json, a page
// for people at /docs, JSON Schemas under /schemas and RFC 9457 problems.
//
// Handlers decode, call a port and encode; they hold no state. The ports are in ports.go,
// their Temporal implementation in temporal*.go. Secrets go in and never come out: they are
// sealed before anything else sees them, and no answer repeats a value of the request.
package httpapi
