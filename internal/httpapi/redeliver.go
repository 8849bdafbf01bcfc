package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/contract"
)

func (s *Server) redeliver() {
	route(s, operation{
		Method: http.MethodPost, Path: runsPath + "/{run}/redeliver", ID: "redeliver-run", Tag: "runs", Status: http.StatusAccepted,
		Summary: "Send the files of a delivered run again",
		Doc: "Starts a new attempt of the same window and revision from the files that are kept, without a call to the source, " +
			"to today's destinations and with today's keys. Refused with 409 when the window is not delivered, and while an attempt is open. " +
			"When the files are no longer kept, the new run is red and says so.",
		Errors: []int{404, 409, 422},
	}, s.redeliverRun)
}

func (s *Server) redeliverRun(ctx context.Context, in *InResume) (*Item[Started], error) {
	found, err := s.findRun(ctx, in.InRun)
	if err != nil {
		return nil, err
	}
	return s.attempt(ctx, in.InAccount, found, contract.RunInput{Trigger: contract.TriggerRedeliver, Redeliver: true})
}
