package s3

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type dial func(ctx context.Context, network, address string) (net.Conn, error)

// recording dials and remembers the connection that was opened last.
func recording(last *atomic.Pointer[net.Conn]) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			last.Store(&conn)
		}
		return conn, err
	}
}

// recorded is an answer of the store as the SDK hands it on.
func recorded(t *testing.T, status int, code string) error {
	t.Helper()
	return &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}},
		Err:      &smithy.GenericAPIError{Code: code, Message: "said the store"},
	}}
}
