// Package fault is the error taxonomy: what went wrong, whether trying again can
// help, and what a person should do about it.
//
// An adapter classifies an error where the protocol is known and returns a *Error;
// activities convert it once into a Temporal application error whose type is the
// Kind. Everything that is not a *Error is treated as Upstream: tried again.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind names one class of failure; it is the error type shown in the Temporal UI.
type Kind string

// The kinds. Retryable says which of them are tried again.
const (
	InvalidSpec       Kind = "InvalidSpec"       // an impossible task reached a run
	AuthFailed        Kind = "AuthFailed"        // 401, refused SSH login
	PermissionDenied  Kind = "PermissionDenied"  // 403, no right to write or read
	NotFound          Kind = "NotFound"          // account, folder, report or host key gone
	RateLimited       Kind = "RateLimited"       // 429, or 503 with Retry-After
	Upstream          Kind = "Upstream"          // 5xx, reset, DNS, time-out
	PartialData       Kind = "PartialData"       // partialResult, short page, missing file
	NotReady          Kind = "NotReady"          // the source is not complete yet
	CountMismatch     Kind = "CountMismatch"     // the source's count and its rows disagree for good
	SchemaMismatch    Kind = "SchemaMismatch"    // a record that no report can read
	Corrupt           Kind = "Corrupt"           // staged bytes do not match their hash
	Incomplete        Kind = "Incomplete"        // rows are in quarantine
	UnexpectedEmpty   Kind = "UnexpectedEmpty"   // no rows where the task expects some
	IntegrityMismatch Kind = "IntegrityMismatch" // bytes at the destination are not ours
	VerifyDenied      Kind = "VerifyDenied"      // the asked verification level cannot be reached
	Collision         Kind = "Collision"         // the final name holds somebody else's file
	ConfigMissing     Kind = "ConfigMissing"     // source, destination or key was deleted
	KeyUnfit          Kind = "KeyUnfit"          // expired, revoked or unable to encrypt
	Expired           Kind = "Expired"           // the window is older than the report's reach
	StorageFull       Kind = "StorageFull"       // no space or quota left
	Conflict          Kind = "Conflict"          // somebody else changed it first
	LimitReached      Kind = "LimitReached"      // the plan's limit
)

var retryable = map[Kind]bool{
	RateLimited: true, Upstream: true, PartialData: true, NotReady: true,
	IntegrityMismatch: true, StorageFull: true, Conflict: true,
}

// Retryable reports whether another attempt may succeed without a person's help.
func (k Kind) Retryable() bool { return retryable[k] }

// Error is one classified failure. Its text is "message: cause (fix)" and carries
// no secret; constructors must not be given any.
type Error struct {
	Kind       Kind
	Message    string        // what failed, in operator's words
	Fix        string        // what to do; empty when nothing helps but waiting
	Field      string        // the offending field of the caller's input, if any
	RetryAfter time.Duration // wait asked for by the other side; zero if none
	Err        error         // cause, may be nil
}

// New returns an error of the kind with a formatted message. Each %w verb adds a cause.
func New(kind Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), Err: causeOf(err)}
}

// causeOf returns what fmt.Errorf wrapped: several causes stay together.
func causeOf(err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return errors.Join(several.Unwrap()...)
	}
	return errors.Unwrap(err)
}

// WithFix adds what a person should do and returns the same error.
func (e *Error) WithFix(format string, args ...any) *Error {
	e.Fix = fmt.Sprintf(format, args...)
	return e
}

// WithField names the field of the caller's input that is wrong and returns the same error.
func (e *Error) WithField(field string) *Error {
	e.Field = field
	return e
}

// After records how long the other side asked us to wait and returns the same error.
func (e *Error) After(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Fix != "" {
		s += " (" + e.Fix + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's chain, or Upstream for a
// non-nil error without one, and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Upstream
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
