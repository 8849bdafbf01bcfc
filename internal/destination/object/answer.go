package object

import (
	"context"
	"errors"

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
