package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"transporter/internal/fault"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// Problem is the body of every error answer (RFC 9457). It never repeats a value that the
// caller sent: the value may be a secret.
type Problem struct {
	Type      string  `json:"type" doc:"Always about:blank; code tells problems apart." example:"about:blank"`
	Title     string  `json:"title" doc:"The HTTP status in words." example:"Unprocessable Entity"`
	Status    int     `json:"status" doc:"The HTTP status." example:"422"`
	Detail    string  `json:"detail" doc:"What is wrong and what to do about it." example:"frequency.every: 5m is below the report's minimum: write 15m or more"`
	Code      string  `json:"code,omitempty" doc:"The kind of the failure, the same word that a red run shows." example:"InvalidSpec"`
	RequestID string  `json:"requestId,omitempty" doc:"Finds the request in the server's log." example:"01JD3Z9QK8V6C3N5T7W9Y1B3D5"`
	Errors    []Issue `json:"errors,omitempty" doc:"One entry for each wrong field."`
}

// Issue is one wrong field of a request.
type Issue struct {
	Location string `json:"location,omitempty" doc:"Where: body, path, query or header, then the field." example:"body.frequency.every"`
	Message  string `json:"message" doc:"What is wrong with it and what would be right." example:"5m is below the report's minimum: write 15m or more"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// fieldIfMatch is the Field of a fault.Conflict that means a stale If-Match.
const fieldIfMatch = "header.If-Match"

// statusOf maps the kinds that a caller can act upon; every other kind is our own failure.
var statusOf = map[fault.Kind]int{
	fault.InvalidSpec:      http.StatusUnprocessableEntity,
	fault.ConfigMissing:    http.StatusUnprocessableEntity,
	fault.KeyUnfit:         http.StatusUnprocessableEntity,
	fault.LimitReached:     http.StatusUnprocessableEntity,
	fault.PermissionDenied: http.StatusForbidden,
	fault.NotFound:         http.StatusNotFound,
	fault.Conflict:         http.StatusConflict,
	fault.Expired:          http.StatusConflict,
	fault.RateLimited:      http.StatusTooManyRequests,
	fault.Upstream:         http.StatusServiceUnavailable,
	fault.NotReady:         http.StatusServiceUnavailable,
	fault.StorageFull:      http.StatusInsufficientStorage,
}

// fieldPrefix finds the field at the head of an error text that crossed Temporal, where
// only the text of a fault survives: "frequency.every: …".
var fieldPrefix = regexp.MustCompile(`^([a-z][A-Za-z0-9_]*(?:[.\[][A-Za-z0-9_.\[\]-]*)?): (.+)$`)

func problemOf(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	faults := flatten(err)
	if len(faults) == 0 {
		return unexpected(ctx)
	}
	first := faults[0]
	status, known := statusOf[first.Kind]
	switch {
	case !known:
		return unexpected(ctx)
	case first.Kind == fault.Conflict && first.Field == fieldIfMatch:
		status = http.StatusPreconditionFailed
	}
	p := &Problem{Status: status, Code: string(first.Kind)}
	texts := make([]string, 0, len(faults))
	for _, f := range faults {
		texts = append(texts, f.Error())
		if issue, ok := issueOf(f); ok {
			p.Errors = append(p.Errors, issue)
		}
	}
	p.Detail = strings.Join(texts, "; ")
	return p.finish(ctx)
}

func unexpected(ctx context.Context) *Problem {
	p := (&Problem{Status: http.StatusInternalServerError}).finish(ctx)
	p.Detail = "internal error: look for request " + p.RequestID + " in the log of the api process"
	return p
}

func (p *Problem) finish(ctx context.Context) *Problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	p.RequestID = requestID(ctx)
	return p
}

// issueOf locates a fault in the request; faults without a field have no issue.
func issueOf(f *fault.Error) (Issue, bool) {
	field, message := f.Field, f.Message
	if field == "" {
		m := fieldPrefix.FindStringSubmatch(f.Message)
		if m == nil {
			return Issue{}, false
		}
		field, message = m[1], m[2]
	}
	if f.Fix != "" {
		message += " (" + f.Fix + ")"
	}
	if !located.MatchString(field) {
		field = "body." + field
	}
	return Issue{Location: field, Message: message}, true
}

// located is a field that says where it is. Alone, "body" is a field: that of an email destination.
var located = regexp.MustCompile(`^(body|path|query|header)\.`)

// flatten returns the faults of an error tree in order.
func flatten(err error) []*fault.Error {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself, to find every fault
	case nil:
		return nil
	case *fault.Error:
		return []*fault.Error{e}
	case interface{ Unwrap() []error }:
		var all []*fault.Error
		for _, one := range e.Unwrap() {
			all = append(all, flatten(one)...)
		}
		return all
	default:
		return flatten(errors.Unwrap(err))
	}
}

// secretForms replaces the library's text for a value that is none of the allowed forms;
// credentials are the only fields with several.
const secretForms = `write the secret as a string, or as a reference: {"env": "NAME"} or {"file": "name"}`

// newProblem is what huma calls for its own refusals: bad JSON, unknown fields, limits.
func newProblem(hctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	ctx := context.Background()
	if hctx != nil {
		ctx = hctx.Context()
	}
	p := &Problem{Status: status, Detail: msg}
	for _, err := range errs {
		if issue, ok := humaIssue(err); ok {
			p.Errors = append(p.Errors, issue)
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		p.Detail = "the request body is larger than " + strconv.FormatInt(bodyLimit(hctx)>>10, 10) + " KiB: send less"
	case status == http.StatusBadRequest && msg == "request body is required":
		p.Detail = "the request has no body: send what /docs describes"
	case status == http.StatusInternalServerError:
		return unexpected(ctx)
	case len(p.Errors) == 1:
		p.Detail = p.Errors[0].name() + ": " + p.Errors[0].Message
	case len(p.Errors) > 1:
		p.Detail = fmt.Sprintf("%d fields are wrong; the first: %s: %s", len(p.Errors), p.Errors[0].name(), p.Errors[0].Message)
	}
	return p.finish(ctx)
}

// bodyLimit is how much the operation takes.
func bodyLimit(hctx huma.Context) int64 {
	if hctx == nil || hctx.Operation() == nil {
		return maxBody
	}
	return cmp.Or(hctx.Operation().MaxBodyBytes, maxBody)
}

func humaIssue(err error) (Issue, bool) {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return Issue{}, false
	}
	detail := d.ErrorDetail()
	issue := Issue{Location: detail.Location, Message: detail.Message}
	switch {
	case detail.Message == validation.MsgExpectedMatchExactlyOneSchema:
		issue.Message = secretForms
	case detail.Location == "body" && strings.Contains(detail.Message, "invalid character"),
		detail.Location == "body" && strings.Contains(detail.Message, "unexpected end"):
		issue.Message = "the body is not JSON: " + detail.Message
	case detail.Message == validation.MsgUnexpectedProperty:
		issue.Message = "unknown field: take it away, or correct its name"
	default:
		issue.reword()
	}
	return issue, true
}

// missing finds the field in the library's words for one that is not there.
var missing = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// reword turns what the library expected into what the caller should do.
func (i *Issue) reword() {
	if m := missing.FindStringSubmatch(i.Message); m != nil {
		i.Location, i.Message = i.Location+"."+m[1], "it is missing"
		return
	}
	for _, w := range wordings {
		if rest, ok := strings.CutPrefix(i.Message, w.library); ok {
			i.Message = w.ours + strings.ReplaceAll(rest, `"`, "")
			return
		}
	}
	if rest, ok := strings.CutPrefix(i.Message, "expected "); ok && !strings.Contains(rest, " ") {
		i.Message = "it must be of type " + rest
	}
}

// wordings are beginnings of the library's texts, and ours.
var wordings = []struct{ library, ours string }{
	{"expected value to be ", "it must be "},
	{"expected string to be ", "it must be "},
	{"expected number >= ", "it must be at least "},
	{"expected number <= ", "it must be at most "},
	{"expected length >= ", "its length must be at least "},
	{"expected length <= ", "its length must be at most "},
	{"expected array length >= ", "the number of its entries must be at least "},
	{"expected array length <= ", "the number of its entries must be at most "},
}

// name is the place of an issue as the caller wrote it.
func (i Issue) name() string { return strings.TrimPrefix(i.Location, "body.") }

// The library has one hook for its error type and it is a variable of the package; it is
// set before any API exists, so that the OpenAPI document shows Problem.
func init() {
	huma.NewErrorWithContext = newProblem
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newProblem(nil, status, msg, errs...)
	}
}
