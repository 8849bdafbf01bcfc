package httpapi

import (
	"context"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// acceptWaiting takes what an open run waits for as missing: the run goes on by itself without it. Nil: the
// run is over.
func (s *Server) acceptWaiting(ctx context.Context, in *InAccept, found foundRun) (*Item[Started], error) {
	if found.execution == nil || !found.execution.Open {
		return nil, nil
	}
	t, err := tasks.find(ctx, s, InThing{in.InAccount, found.name.Task})
	if err != nil {
		return nil, err
	}
	span, err := s.spanOf(ctx, t, found)
	if err != nil {
		return nil, err
	}
	waits, err := s.waits(ctx, found, in.Account, span)
	if err != nil {
		return nil, err
	}
	switch {
	case len(waits) == 0:
		return nil, fault.New(fault.Conflict, "the run is still open, and waits for nothing that can be accepted").WithField("path.run").
			WithFix("look at it when it has ended")
	case in.Body.Empty || len(in.Body.Records) == 0:
		return nil, badAcceptance("records", "name what is missing, as the run lists it", "the run is still open: only what it waits for can be accepted")
	}
	if err := listed(in.Body.Records, waits); err != nil {
		return nil, err
	}
	accept := contract.Acceptance{Records: in.Body.Records, Note: in.Body.Note}
	if err := s.cfg.Book.Accept(ctx, found.name.delivery(in.Account, span), accept); err != nil {
		return nil, err
	}
	view := windowOf(span)
	return s.started(in.Account, found.name, task.Window{From: view.From, To: view.To}), nil
}

// waits are what an open run waits for.
func (s *Server) waits(ctx context.Context, found foundRun, accountID string, span contract.Span) ([]receipt.Quarantined, error) {
	if found.execution == nil || !found.execution.Open {
		return nil, nil
	}
	return s.cfg.Book.Waiting(ctx, found.name.delivery(accountID, span), found.name.Attempt)
}

// listed refuses names that are not among those that a run lists.
func listed(names []string, list []receipt.Quarantined) error {
	for _, id := range names {
		if !slices.ContainsFunc(list, func(q receipt.Quarantined) bool { return q.Record == id }) {
			return badAcceptance("records", "the run lists what can be accepted", "record %.64q is not in quarantine", id)
		}
	}
	return nil
}

func badAcceptance(field, fix, format string, args ...any) error {
	return fault.New(fault.InvalidSpec, format, args...).WithField("body."+field).WithFix("%s", fix)
}
