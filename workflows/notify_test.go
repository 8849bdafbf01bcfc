package workflows

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// notified registers the step and returns what it was asked.
func (s *runSuite) notified(answer func() error) *[]contract.NotifyIn {
	var asked []contract.NotifyIn
	s.env.RegisterActivityWithOptions(func(_ context.Context, in contract.NotifyIn) (contract.NotifyOut, error) {
		asked = append(asked, in)
		return contract.NotifyOut{Sent: 2}, answer()
	}, activity.RegisterOptions{Name: contract.ActivityNotify})
	return &asked
}

func (s *runSuite) step(name string) contract.StepRecord {
	for _, step := range s.record.Steps {
		if step.Name == name {
			return step
		}
	}
	return contract.StepRecord{}
}

func (s *runSuite) TestRedRunTellsAndItsRecordSaysSo() {
	asked := s.notified(func() error { return nil })
	s.steps.fetch = func() (contract.FetchOut, error) {
		return contract.FetchOut{}, final(fault.AuthFailed, "the source refuses the login")
	}
	_, err := s.run()
	s.Require().ErrorContains(err, "refuses the login")
	s.Require().Len(*asked, 1)
	in := (*asked)[0]
	s.Equal([]any{contract.OutcomeFailed, "the source refuses the login", testWindow}, []any{in.Outcome, in.Error, in.Window})
	s.Equal("2 messages", s.step(contract.ActivityNotify).Detail)
}

func (s *runSuite) TestNobodyHearsOfAGreenRunUnasked() {
	asked := s.notified(func() error { return nil })
	_, err := s.run()
	s.Require().NoError(err)
	s.Empty(*asked)
}

func (s *runSuite) TestMessageThatCannotBeSentFailsAndDelaysNothing() {
	asked := s.notified(func() error { return final(fault.Upstream, "mail server is away") })
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.Tell = true
		return out, nil
	}
	start := s.env.Now()
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeDelivered, out.Outcome)
	s.NotEmpty(*asked)
	s.Equal(contract.StepFailed, s.step(contract.ActivityNotify).State)
	s.Contains(s.step(contract.ActivityNotify).Error, "mail server is away")
	s.Less(s.env.Now().Sub(start), 5*time.Minute)
}

// A deadline is looked at when it comes, and again when the clock of that day had skipped
// the time of the run.
func TestDeadlineWaitsWhereTheClockSkips(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflowWithOptions(Options{}.Deadline, workflow.RegisterOptions{Name: contract.WorkflowDeadline})
	var asked []contract.LateIn
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.LateIn) (contract.LateOut, error) {
		asked = append(asked, in)
		if len(asked) == 1 {
			return contract.LateOut{NotBefore: in.Now.Add(45 * time.Minute)}, nil
		}
		return contract.LateOut{Late: true, Sent: 1, Text: "is missing"}, nil
	}, activity.RegisterOptions{Name: contract.ActivityDeadline})
	env.ExecuteWorkflow(contract.WorkflowDeadline, contract.DeadlineIn{Account: "a1", Task: "t1"})
	var out contract.LateOut
	require.NoError(t, env.GetWorkflowResult(&out))
	require.True(t, out.Late)
	require.Len(t, asked, 2)
	require.Equal(t, asked[0].Deadline, asked[1].Deadline, "it is the same deadline")
	require.Equal(t, 45*time.Minute, asked[1].Now.Sub(asked[0].Now).Round(time.Second))
}

func (s *runSuite) planToldOf() {
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.Tell = true
		return out, nil
	}
}

func (s *runSuite) TestGreenIsToldOnceItsRecordProvesIt() {
	s.planToldOf()
	var order []string
	s.steps.record = func() error {
		if s.calls["record"] < 5 { // the store is away for a while
			return errors.New("away")
		}
		order = append(order, "record "+s.record.Outcome+" "+s.step(contract.ActivityNotify).State)
		return nil
	}
	s.notified(func() error {
		order = append(order, "notify")
		return nil
	})
	start := s.env.Now()
	_, err := s.run()
	s.Require().NoError(err)
	s.Equal([]string{"record delivered ", "notify", "record delivered done"}, order)
	s.Less(s.record.Ended.Sub(start), time.Second, "it ended when its legs did")
	s.Equal(1, s.calls["clean"])
}

func (s *runSuite) TestGreenThatCannotBeRecordedIsToldAsRed() {
	for name, prepare := range map[string]func(){"everybody is told": s.planToldOf, "only red runs are": func() {}} {
		s.SetupTest()
		prepare()
		asked := s.notified(func() error { return nil })
		s.steps.record = func() error {
			if s.calls["record"] == 1 {
				return final(fault.Corrupt, "the store lost it")
			}
			return nil
		}
		_, err := s.run()
		s.Require().ErrorContains(err, "the store lost it", name)
		s.Require().Len(*asked, 1, name)
		s.Equal([]string{contract.OutcomeFailed, "the store lost it"}, []string{(*asked)[0].Outcome, (*asked)[0].Error}, name)
		s.Equal([]string{contract.OutcomeFailed, string(fault.Corrupt)}, []string{s.record.Outcome, s.record.ErrorKind}, "history has it as red")
		s.Empty(s.record.Packed.Key, "what may be damaged is left out")
		s.Zero(s.calls["clean"], name)
	}
}

func (s *runSuite) TestLaterAttemptThatFindsTheWindowDeliveredSaysSo() {
	for delivered, told := range map[bool]int{true: 1, false: 0} {
		s.SetupTest()
		asked := s.notified(func() error { return nil })
		s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
			out := s.planOut()
			out.Skip, out.SkipWhy, out.Delivered = contract.OutcomeDuplicate, "another has it", delivered
			return out, nil
		}
		s.env.ExecuteWorkflow(contract.WorkflowReportRun, contract.RunInput{Account: "a1", Task: "t1", Generation: 1, Attempt: 2})
		s.Require().NoError(s.env.GetWorkflowError())
		s.Len(*asked, told)
	}
}
