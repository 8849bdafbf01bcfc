package workflows

import (
	"context"
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
