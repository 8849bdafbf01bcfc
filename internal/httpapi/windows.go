package httpapi

import (
	"context"
	"time"

	"transporter/internal/coverage"
)

// lines returns what became of the windows of a task that overlap [from, to).
func (s *Server) lines(ctx context.Context, accountID, taskID string, from, to time.Time) ([]coverage.Line, error) {
	_, windows, err := coverage.Load(ctx, s.cfg.Ledger, accountID, taskID)
	if err != nil {
		return nil, err
	}
	open, err := s.cfg.Runs.Open(ctx, accountID, taskID)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	return coverage.Read(ctx, s.cfg.Book, coverage.Query{
		Account: accountID, Task: taskID, From: from, To: to, Now: now, Timeline: windows, Open: open, Reach: coverage.ReachAt(now),
	})
}

// undelivered counts the windows of a task that are due and neither delivered nor given up.
func (s *Server) undelivered(ctx context.Context, accountID, taskID string) (n int, err error) {
	lines, err := s.lines(ctx, accountID, taskID, time.Time{}, s.cfg.Now())
	for _, l := range lines {
		switch l.Status {
		case coverage.Missing, coverage.Failed, coverage.Running:
			n++
		}
	}
	return n, err
}
