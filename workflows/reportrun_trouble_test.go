package workflows

import (
	"errors"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

func (s *runSuite) TestWindowThatIsNotOverByTheWorkersClockIsPlannedAgain() {
	due := s.env.Now().Add(-time.Minute) // by the server's clock it is over
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.NotBefore = due
		if s.calls["plan"] < 3 { // the worker, whose clock is behind, has made no plan
			out.Plan = contract.Ref{}
		}
		return out, nil
	}
	s.steps.fetch = func() (contract.FetchOut, error) {
		s.Equal(3, s.calls["plan"], "nothing is read without a plan")
		return contract.FetchOut{Index: contract.Ref{Key: "pages"}}, nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Equal(3, s.calls["plan"])
}

func (s *runSuite) TestCancelledRunEndsWhenItsLegsHaveStopped() {
	s.steps.upload = func(string) error { return errors.New("down") }
	s.env.RegisterDelayedCallback(s.env.CancelWorkflow, 30*time.Second)
	discarded := 0
	s.steps.record = func() error {
		discarded = s.calls["discard a"] + s.calls["discard b"]
		return nil
	}
	_, err := s.run()
	s.Require().True(temporal.IsCanceledError(err), "%v", err)
	s.Equal(2, discarded, "recorded after both legs have tidied up")
	for _, step := range s.record.Steps {
		s.NotEqual(contract.StepRunning, step.State, "%s %s", step.Name, step.Leg)
	}
}

func (s *runSuite) TestLegThatIsDownForHoursCatchesUpAlone() {
	const hours = 8
	var tried atomic.Int32
	s.steps.upload = func(leg string) error {
		if leg == "b" && tried.Add(1) <= hours {
			return temporal.NewApplicationErrorWithOptions("connection refused", string(fault.Upstream),
				temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour}) // as the gate says
		}
		return nil
	}
	proven := map[string]time.Duration{}
	start := s.env.Now()
	s.steps.receipt = func(leg string) { proven[leg] = s.env.Now().Sub(start) }
	_, err := s.run()
	s.Require().NoError(err)
	s.Less(proven["a"], time.Minute)
	s.GreaterOrEqual(proven["b"], hours*time.Hour)
	s.Equal(1, s.calls["fetch"], "the source is read once")
	s.Equal(1, s.calls["upload a"])
	s.Equal(contract.OutcomeDelivered, s.record.Outcome)
}

func (s *runSuite) TestTemporaryFilesThatAreGoneAreSentAgain() {
	lost := true
	s.steps.publish = func(leg string) error {
		if leg == "b" && lost {
			lost = false
			return final(fault.IntegrityMismatch, "its temporary file is gone")
		}
		return nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Equal(2, s.calls["upload b"])
	s.Equal(1, s.calls["upload a"])

	s.SetupTest()
	s.steps.publish = func(string) error { return final(fault.IntegrityMismatch, "its temporary file is gone") }
	_, err = s.run()
	s.Require().ErrorContains(err, "its temporary file is gone")
	s.Equal(maxSends, s.calls["publish b"])
}
