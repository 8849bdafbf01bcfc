package destination

import (
	"crypto/tls"
	"errors"
	"net/http"

	"transporter/internal/fault"
)

// TLSProblem tells what is wrong between us and the endpoint of a store, if err says that
// its certificate is not trusted or that one of us speaks TLS and the other does not; else nil.
// Waiting mends neither.
func TLSProblem(err error) *fault.Error {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return fault.New(fault.PermissionDenied, "the certificate of the endpoint is not trusted: %w", certificate).WithField("roots").
			WithFix("give the root of the authority that it is of, and the endpoint by the name in the certificate")
	case errors.Is(err, http.ErrSchemeMismatch):
		return fault.New(fault.InvalidSpec, "the endpoint speaks no TLS").WithField("endpoint").
			WithFix("correct its host and port; http:// is for networks that you trust: files travel there as they are")
	}
	return nil
}
