package httpput

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/probe"
)

// probeFile is what the address of a probe is filled with.
var probeFile = destination.File{Name: "transporter-probe", About: destination.About{Role: destination.Data, Part: 1, Parts: 1}}

// Probe asks for the receiver by HEAD, with the credentials but without a file, for what is
// sent cannot be taken back. A receiver that refuses the credentials or points elsewhere is an
// error; any other answer shows that it is there.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	found := destination.Capabilities{Log: probe.Begin(), Highest: destination.Sent, Notes: []string{
		"what is sent cannot be taken back, so no file was sent: the first run shows whether the receiver takes files",
		"at least once: after a crash a file may be sent again, with the same Idempotency-Key",
	}}
	status, refused, err := d.ask(ctx)
	if err != nil {
		err = found.Tried(destination.StepConnect, err)
		return found, err
	}
	found.Passed(destination.StepConnect)
	if refused != nil {
		err = found.Tried(destination.StepLogin, refused)
		return found, err
	}
	found.Passed(destination.StepLogin)
	found.Steps[1].Note = status + " is the answer to a request without a file"
	return found, nil
}

// probeTimeout bounds the wait for an answer that has no body.
const probeTimeout = 30 * time.Second

// ask returns the receiver's status, and an error if that refuses the credentials.
func (d *Destination) ask(ctx context.Context) (status string, refused, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	u, err := d.address(probeFile)
	if err != nil {
		return "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return "", nil, fault.New(fault.InvalidSpec, "ask for the receiver: it has no address").WithField("url")
	}
	d.authorize(req.Header)
	res, err := d.client.Do(req)
	if err != nil {
		return "", nil, d.unanswered(ctx, "connect", err)
	}
	defer res.Body.Close()
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		refused = d.judge("log in", res)
	}
	return res.Status, refused, nil
}
