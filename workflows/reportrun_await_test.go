package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// awaits lets the platform export at the nth look, and the task wait for so long.
func (s *runSuite) awaits(wait time.Duration, n int) {
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.Wait = wait
		return out, nil
	}
	s.steps.await = func() (contract.AwaitOut, error) {
		if s.calls["await"] < n {
			return contract.AwaitOut{}, temporal.NewApplicationErrorWithOptions("dt=2026-11-20/hr=05 is in progress", string(fault.NotReady),
				temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign, NextRetryDelay: time.Minute})
		}
		return contract.AwaitOut{Leaves: 24}, nil
	}
}

func (s *runSuite) TestAFeedIsWaitedForBeforeItIsFetched() {
	const wait = 3 * 24 * time.Hour
	s.awaits(wait, 8)
	s.steps.fetch = func() (contract.FetchOut, error) {
		return contract.FetchOut{Index: contract.Ref{Key: "pages"}, SourceTotal: 9, Fetched: 9, Kept: 9, Note: "not compared"}, nil
	}
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeDelivered, out.Outcome)
	s.Equal([]int{8, 1}, []int{s.calls["await"], s.calls["fetch"]})
	s.Equal("24 partitions exported", s.record.Steps[1].Detail)
	s.Equal("9 of 9 records received, 9 in the window, 0 B in 0 calls; not compared", s.record.Steps[2].Detail)
	s.Equal(wait, s.budget, "as long as the task says")
}

func (s *runSuite) TestAFeedThatNeverComesIsRedAndSaysWhat() {
	s.awaits(2*time.Hour, 1000)
	_, err := s.run()
	s.Require().Error(err)
	s.Zero(s.calls["fetch"])
	s.Equal(contract.OutcomeFailed, s.record.Outcome)
	s.Contains(s.record.Error, "dt=2026-11-20/hr=05 is in progress")
}
