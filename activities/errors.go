// Package activities is the thin layer between Temporal and the ports: each activity
// decodes its input, calls a port, reports progress and classifies the error. Every one
// is idempotent: it may be run again after any crash.
package activities

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/fault"
)

const (
	// minRetryAfter and maxRetryAfter clamp what the other side asks us to wait: neither
	// a busy loop nor an afternoon.
	minRetryAfter = time.Second
	maxRetryAfter = 15 * time.Minute
)

// maxText bounds an error's text in bytes: peers may say as much as they like, and the server
// keeps only 4 KiB of a failed attempt, of a longer one not even its kind.
const maxText = 1200

// toTemporal converts the error of a port into the application error that the server
// keeps: its type is the fault kind, its text the error's, with what to do; the chain of
// causes stays here. Cancellation passes through, as does what is an application error
// already. Nil stays nil.
func toTemporal(err error, details ...any) error {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), temporal.IsCanceledError(err), errors.As(err, &app):
		return err
	}
	kind := fault.KindOf(err)
	options := temporal.ApplicationErrorOptions{NonRetryable: !kind.Retryable(), Details: details}
	var f *fault.Error
	if errors.As(err, &f) && f.RetryAfter > 0 && kind.Retryable() {
		options.NextRetryDelay = min(max(f.RetryAfter, minRetryAfter), maxRetryAfter)
	}
	if kind == fault.NotReady {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(clip(err.Error()), string(kind), options)
}

// clip takes the middle out of a text that is too long: what failed is said first, what to
// do last.
func clip(text string) string {
	const gap = " … "
	if len(text) <= maxText {
		return text
	}
	half := (maxText - len(gap)) / 2
	return strings.ToValidUTF8(text[:half], "") + gap + strings.ToValidUTF8(text[len(text)-half:], "")
}
