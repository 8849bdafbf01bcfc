package object

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"transporter/internal/fault"
)

// Settled returns what a request's error means without looking at the store's answer: that ctx
// has ended, or a fault that it holds already, such as the guarded dialer's; else nil.
func Settled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	return nil
}

// RetryAfter is how long the store asked us to wait (RFC 9110, section 10.2.3); 0 where it
// named no seconds.
func RetryAfter(header http.Header) time.Duration {
	seconds, _ := strconv.Atoi(header.Get("Retry-After"))
	return time.Duration(max(seconds, 0)) * time.Second
}
