package gcs

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloud.google.com/go/auth"
	"google.golang.org/api/googleapi"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
	"transporter/internal/retryafter"
)

const (
	statusForbidden    = http.StatusForbidden
	statusNotFound     = http.StatusNotFound
	statusPrecondition = http.StatusPreconditionFailed

	rights = "grant the service account the role Storage Object User (storage.objects.create, get and delete) on the bucket; see docs/destinations.md"
)

// meaning is what an answer means to us.
type meaning struct {
	kind       fault.Kind
	field, fix string
}

// byStatus has the meanings of the API's answers
// (docs.cloud.google.com/storage/docs/json_api/v1/status-codes); others are fault.Upstream.
var byStatus = map[int]meaning{
	http.StatusBadRequest:            {fault.InvalidSpec, "", ""},
	http.StatusUnauthorized:          {fault.AuthFailed, "credentials", "enter the key of a service account that is in force"},
	http.StatusForbidden:             {fault.PermissionDenied, "", rights},
	http.StatusNotFound:              {fault.NotFound, "bucket", "create the bucket, or correct its name"},
	http.StatusConflict:              {fault.Conflict, "", ""},
	http.StatusPreconditionFailed:    {fault.Conflict, "", ""},
	http.StatusRequestEntityTooLarge: {fault.InvalidSpec, "parts", "let the task write several parts"},
	http.StatusTooManyRequests:       {fault.RateLimited, "", ""},
	http.StatusServiceUnavailable:    {fault.RateLimited, "", ""},
}

// tooMuch are the reasons by which 403 means that we ask too often.
var tooMuch = []string{"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}

// classify turns what a request ended with into a fault that says it in one line.
func (s *session) classify(ctx context.Context, verb, key string, err error) error {
	if settled := object.Settled(ctx, err); settled != nil {
		return settled
	}
	if errors.Is(err, errSessionGone) {
		return err
	}
	where := key + " in bucket " + s.d.config.Bucket
	var refused *auth.Error
	if errors.As(err, &refused) {
		return noToken(verb, where, refused)
	}
	var told *googleapi.Error
	if !errors.As(err, &told) {
		return unanswered(verb, where, err)
	}
	return meaningOf(told).fault(verb, where, told)
}

func (s *session) denied(verb, key string) error {
	return fault.New(fault.PermissionDenied, "%s %s in bucket %s: the store does not let us", verb, key, s.d.config.Bucket).WithFix("%s", rights)
}

// fault words an answer of the API.
func (m meaning) fault(verb, where string, told *googleapi.Error) error {
	text := told.Message
	if text == "" {
		text = strings.ToLower(http.StatusText(told.Code))
	}
	wait, _ := retryafter.Seconds(told.Header)
	e := fault.New(m.kind, "%s %s: the store says %d %s", verb, where, told.Code, oneLine(text)).
		WithField(m.field).After(wait)
	e.Fix, e.Err = m.fix, told
	return e
}

// meaningOf tells answers of one status apart where they mean different things.
func meaningOf(told *googleapi.Error) meaning {
	reason := ""
	if len(told.Errors) > 0 {
		reason = told.Errors[0].Reason
	}
	switch m, known := byStatus[told.Code]; {
	case told.Code == statusForbidden && slices.Contains(tooMuch, reason):
		return byStatus[http.StatusTooManyRequests]
	case told.Code == http.StatusBadRequest && strings.Contains(told.Message, "doesn't match"): // CRC32C
		return meaning{kind: fault.IntegrityMismatch}
	case told.Code == http.StatusBadRequest && strings.Contains(told.Message, "bucket name"):
		return meaning{fault.InvalidSpec, "bucket", "correct the bucket's name"}
	case told.Code == http.StatusBadRequest && strings.Contains(told.Message, "requester pays"):
		return meaning{fault.InvalidSpec, "bucket", "choose a bucket whose owner pays for requests"}
	case told.Code == http.StatusBadRequest && told.Message == "": // not in the words of the API: TLS is expected, or it is another service
		return meaning{fault.InvalidSpec, "endpoint", "write https:// if it speaks TLS, and correct host and port"}
	case known:
		return m
	}
	return meaning{kind: fault.Upstream}
}

// noToken classifies the refusal of a token (RFC 6749, section 5.2): the account or its key
// is deleted, disabled or expired.
func noToken(verb, where string, refused *auth.Error) error {
	var said struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(refused.Body, &said) // an answer that is something else says nothing
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
		return fault.New(fault.Upstream, "%s %s: Google gave no token: it answered %d", verb, where, status)
	}
	return fault.New(fault.AuthFailed, "%s %s: Google gave no token: %s %s", verb, where, oneLine(said.Code), oneLine(said.Description)).
		WithField("credentials").WithFix("enter the key of a service account that exists, is not disabled and has this key")
}

// unanswered classifies an error without an answer of the store; its address may be a secret
// and is left out.
func unanswered(verb, where string, err error) error {
	if wrong := destination.TLSProblem(err); wrong != nil {
		return wrong
	}
	var told *url.Error
	if errors.As(err, &told) {
		err = told.Err
	}
	return fault.New(fault.Upstream, "%s %s: %w", verb, where, err)
}

// statusOf returns the HTTP status of the store's answer; 0 if there is none.
func statusOf(err error) int {
	var told *googleapi.Error
	if errors.As(err, &told) {
		return told.Code
	}
	return 0
}

// oneLine keeps what others say short and on one line.
func oneLine(text string) string {
	const most = 300
	text = strings.Join(strings.Fields(text), " ")
	return text[:min(len(text), most)]
}
