// Package s3answer reads what a store of the S3 protocol answers to a request that it does not
// fulfil, for whoever writes to one and whoever reads from one.
package s3answer

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"transporter/internal/fault"
	"transporter/internal/retryafter"
)

// Meaning is what an answer means to us: what to do next, which field is wrong, and how to mend it.
type Meaning struct {
	Kind       fault.Kind
	Field, Fix string
}

// Means returns the meaning of its three parts.
func Means(kind fault.Kind, field, fix string) Meaning { return Meaning{kind, field, fix} }

// Meanings are those of one user of the protocol.
type Meanings struct {
	// Codes are the error codes that decide what to do next
	// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
	Codes map[string]Meaning
	// Statuses are for answers without a code that is known, such as those to HEAD.
	Statuses map[int]Meaning
	// Region and Credentials are what is wrong with a header of authorization: they share a code.
	Region, Credentials Meaning
	// Endpoint is the field with the store's address.
	Endpoint string
}

// Fault returns what the request ended with as a fault that says it in one line: doing, and the
// store's words. It keeps the error.
func (m *Meanings) Fault(doing string, err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return m.unanswered(doing, err)
	}
	is := m.of(api, Status(err))
	e := fault.New(is.Kind, "%s: %s", doing, strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ": ")).
		WithField(is.Field).After(wait(err))
	e.Fix, e.Err = is.Fix, err
	return e
}

func (m *Meanings) of(api smithy.APIError, status int) Meaning {
	if is, ok := m.Codes[api.ErrorCode()]; ok {
		return is
	}
	if api.ErrorCode() == "AuthorizationHeaderMalformed" {
		if strings.Contains(api.ErrorMessage(), "region") {
			return m.Region
		}
		return m.Credentials
	}
	if is, ok := m.Statuses[status]; ok {
		return is
	}
	return Meaning{Kind: fault.Upstream}
}

// unanswered classifies an error without an answer of the store.
func (m *Meanings) unanswered(doing string, err error) error {
	if Status(err) == http.StatusBadRequest { // without a code of the protocol: TLS is expected, or it is no store
		return fault.New(fault.InvalidSpec, "%s: the endpoint refuses the request in words that no store uses", doing).
			WithField(m.Endpoint).WithFix("write https:// if it speaks TLS, and correct host and port")
	}
	return fault.New(fault.Upstream, "%s: %w", doing, err)
}

// Code returns the error code of the store's answer; empty if there is none.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Status returns the HTTP status of the answer; 0 if there is none.
func Status(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// Header returns the header of the answer; nil if there is none.
func Header(err error) http.Header {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.Response.Header
	}
	return nil
}

func wait(err error) time.Duration {
	wait, _ := retryafter.Seconds(Header(err)) // stores name seconds
	return wait
}
