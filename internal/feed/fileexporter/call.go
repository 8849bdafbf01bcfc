package fileexporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"transporter/internal/fault"
)

// Pauses before further attempts (docs.asapp.com/getting-started/developers/error-handling).
var (
	pausesLimited = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
	pausesFailed  = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}
)

// maxAnswer bounds an answer: a list of a hundred thousand names.
const maxAnswer = 16 << 20

// refusal is the body of an error answer.
type refusal struct {
	Error struct {
		RequestID string `json:"requestId"`
		Code      string `json:"code"`
		Message   string `json:"message"`
	} `json:"error"`
}

// call asks the API and decodes its answer. 429 is asked again after 1, 2 and 4 seconds, 5xx after
// 250, 500 and 1000 ms; any other refusal at once is the answer. Where 429 stays, the day's requests
// are used up: fault.RateLimited until the next day of UTC, without another request.
func (d *Door) call(ctx context.Context, name string, in map[string]string, out any) error {
	limited, failed := pausesLimited, pausesFailed
	for {
		if err := d.mayAsk(name); err != nil {
			return err
		}
		status, body, err := d.post(ctx, name, in)
		var wait *[]time.Duration
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			if err := json.Unmarshal(body, out); err != nil {
				return fault.New(fault.Upstream, "%s answers with something that is not its JSON", name)
			}
			return nil
		case status == http.StatusTooManyRequests:
			wait = &limited
		case status >= http.StatusInternalServerError:
			wait = &failed
		default:
			return refused(name, status, body)
		}
		if len(*wait) == 0 {
			return d.gaveUp(name, status, body)
		}
		if err := d.config.Pause(ctx, (*wait)[0]); err != nil {
			return err
		}
		*wait = (*wait)[1:]
	}
}

func (d *Door) post(ctx context.Context, name string, in map[string]string) (status int, body []byte, err error) {
	var content io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.config.BaseURL+"/fileexporter/v1/static/"+name, content)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("asapp-api-id", d.config.APIID.Reveal())
	request.Header.Set("asapp-api-secret", d.config.APISecret.Reveal())
	response, err := d.calls.Do(request)
	if err != nil {
		return 0, nil, unanswered(ctx, name, err)
	}
	defer response.Body.Close()
	d.HearDate(response.Header, d.config.Now())
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return 0, nil, unanswered(ctx, name, err)
	}
	return response.StatusCode, body, nil
}

// mayAsk refuses while the day's requests are used up.
func (d *Door) mayAsk(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if wait := d.stopped.Sub(d.config.Now()); wait > 0 {
		return fault.New(fault.RateLimited, "%s is not asked: the requests of this day are used up", name).
			WithFix("it goes on by itself on the next day of UTC").After(wait)
	}
	return nil
}

// gaveUp is a refusal that stayed.
func (d *Door) gaveUp(name string, status int, body []byte) error {
	if status != http.StatusTooManyRequests {
		return said(fault.Upstream, name, status, body)
	}
	now := d.config.Now().UTC()
	next := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	d.mu.Lock()
	d.stopped = next
	d.mu.Unlock()
	return said(fault.RateLimited, name, status, body).WithFix("it goes on by itself on the next day of UTC").After(next.Sub(now))
}

// refused is an answer that another attempt does not change.
func refused(name string, status int, body []byte) error {
	switch status {
	case http.StatusUnauthorized:
		return said(fault.AuthFailed, name, status, body).WithField("credentials.fileExporter").WithFix("enter API id and secret again: they are of one environment")
	case http.StatusForbidden:
		return said(fault.PermissionDenied, name, status, body).WithFix("ask the account team to turn the feed on for this API key")
	case http.StatusNotFound:
		return said(fault.NotFound, name, status, body).WithField("feeds.fileExporter.baseUrl").WithFix("check the address, and that the feed is turned on")
	}
	return said(fault.InvalidSpec, name, status, body).WithFix("report the request id to the platform")
}

// said repeats what the API says of an error, with the id that its people find the request by.
func said(kind fault.Kind, name string, status int, body []byte) *fault.Error {
	var r refusal
	_ = json.Unmarshal(body, &r) // what is no error of theirs has none of it
	text := fmt.Sprintf("%s answers %d", name, status)
	if r.Error.Code != "" || r.Error.Message != "" {
		text += fmt.Sprintf(" (%s %s)", r.Error.Code, r.Error.Message)
	}
	if r.Error.RequestID != "" {
		text += ", request id " + r.Error.RequestID
	}
	return fault.New(kind, "%s", text)
}

// unanswered is a request without an answer. What net/http says of it may have a presigned address in
// it, and is left out.
func unanswered(ctx context.Context, what string, err error) error {
	var known *fault.Error
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.As(err, &known) { // of the guarded dialer
		return known
	}
	return fault.New(fault.Upstream, "%s: no answer, or it broke off", what)
}
