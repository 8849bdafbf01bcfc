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
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeDelivered, out.Outcome)
	s.Equal([]int{8, 1}, []int{s.calls["await"], s.calls["fetch"]})
	s.Equal("24 partitions exported", s.record.Steps[1].Detail)
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
