package connector

import "errors"

// unsure is the error of a request that may have taken effect.
type unsure struct{ error }

func (u unsure) Unwrap() error { return u.error }

// Unsure marks the error of a request that may have taken effect: its connection broke or its time
// was up after it was sent, or the server failed. Nil stays nil.
func Unsure(err error) error {
	if err == nil {
		return nil
	}
	return unsure{err}
}

// Ambiguous reports whether the request that failed may have taken effect nevertheless. Of any
// other error it certainly has not: nobody was reached, or the platform refused.
func Ambiguous(err error) bool {
	var u unsure
	return errors.As(err, &u)
}
