package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
)

// Acceptance is what an operator takes as it is.
type Acceptance struct {
	Empty   bool     `json:"empty,omitempty" doc:"The window has no rows, although the task expects some."`
	Records []string `json:"records,omitempty" maxItems:"1000" doc:"Names of records in quarantine to leave out, as the run lists them; one may be of many lines of a feed's partition, of a partition that is missing, or of an hour whose handle times do not fit together."`
	Note    string   `json:"note,omitempty" maxLength:"500" doc:"Who decided, and why; the receipts carry it."`
}

// InAccept accepts what a run is red for.
type InAccept struct {
	InRun
	Creation
	Body Acceptance
}

func (s *Server) accept() {
	route(s, operation{
		Method: http.MethodPost, Path: runsPath + "/{run}/accept", ID: "accept-run", Tag: "runs", Status: http.StatusAccepted,
		Summary: "Finish a red run without what it is red for",
		Doc: "Starts a new attempt of the same window and revision that leaves the named records in quarantine out, or takes the empty window as it is. " +
			"A run that still waits for the platform, for an export or for handle times that fit together, goes on itself, without what is named of that; what comes later is a revision. " +
			"What the run has read is taken: the source is asked again only when that is no longer kept, for a window of which the platform had cut further records, for hours whose handle times do not fit together, and of a feed for what is exported by now. " +
			"A record of a feed, and an hour of handle times, is accepted as it was: another fault at the same place is red again. One of any other report is accepted by its id, whatever is wrong with it, " +
			"by later attempts of the window too, and by later looks at it until one of those that were accepted has been delivered. Run record and receipts say what was accepted. " +
			"Refused with 422 when the run is not red for what is accepted, with 409 when the window is delivered and while an attempt is open.",
		Errors: []int{404, 409, 422},
	}, s.acceptRun)
}

func (s *Server) acceptRun(ctx context.Context, in *InAccept) (*Item[Started], error) {
	found, err := s.findRun(ctx, in.InRun)
	if err != nil {
		return nil, err
	}
	if started, err := s.acceptWaiting(ctx, in, found); started != nil || err != nil {
		return started, err
	}
	if err := acceptable(found.record, in.Body); err != nil {
		return nil, err
	}
	return s.attempt(ctx, in.InAccount, found, contract.RunInput{
		Trigger: contract.TriggerResume,
		Accept:  &contract.Acceptance{Empty: in.Body.Empty, Records: in.Body.Records, Note: in.Body.Note},
	})
}

// acceptable refuses to accept what the run is not red for: a slip of the hand must leave
// no record out.
func acceptable(r *receipt.RunRecord, accept Acceptance) error {
	bad, kind := badAcceptance, ""
	var list []receipt.Quarantined
	if r != nil {
		kind, list = r.ErrorKind, r.Quarantined
	}
	switch {
	case !accept.Empty && len(accept.Records) == 0:
		return bad("records", `name the records, or say {"empty": true}`, "nothing is accepted")
	case accept.Empty && kind != string(fault.UnexpectedEmpty):
		return bad("empty", "look at the run: it says what it is red for", "the run is not red because it has no rows")
	case len(accept.Records) > 0 && len(list) == 0:
		return bad("records", "look at the run: it says what it is red for", "the run is not red because of records in quarantine")
	}
	return listed(accept.Records, list)
}

func viewAcceptance(a *contract.Acceptance) *Acceptance {
	if a == nil {
		return nil
	}
	return &Acceptance{Empty: a.Empty, Records: a.Records, Note: a.Note}
}
