package workflows

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// runSuite drives ReportRun in virtual time with steps whose answers each test changes.
type runSuite struct {
	suite.Suite
	testsuite.WorkflowTestSuite
	env    *testsuite.TestWorkflowEnvironment
	steps  steppers
	record contract.RecordIn
	budget time.Duration // of the step await

	mu    sync.Mutex // activities run beside each other
	calls map[string]int
}

// called counts a call of a step.
func (s *runSuite) called(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[step]++
}

// steppers are the steps as a test wants them; the defaults succeed.
type steppers struct {
	plan    func(contract.PlanIn) (contract.PlanOut, error)
	await   func() (contract.AwaitOut, error)
	fetch   func() (contract.FetchOut, error)
	encrypt func() (contract.EncryptOut, error)
	upload  func(leg string) error
	verify  func(leg string) error
	publish func(leg string) error
	receipt func(leg string)
	record  func() error
	tracked *contract.Tracked // of transform
}

func TestReportRun(t *testing.T) { suite.Run(t, new(runSuite)) }

var testWindow = contract.Span{From: 1_700_000_000_000, To: 1_700_086_400_000}

func (s *runSuite) SetupTest() {
	s.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s.env = s.NewTestWorkflowEnvironment()
	s.calls, s.record = map[string]int{}, contract.RecordIn{}
	ok := func(string) error { return nil }
	s.steps = steppers{
		plan: func(contract.PlanIn) (contract.PlanOut, error) { return s.planOut(), nil },
		fetch: func() (contract.FetchOut, error) {
			return contract.FetchOut{Index: contract.Ref{Key: "pages"}, SourceTotal: 10, Fetched: 10, Kept: 9}, nil
		},
		encrypt: func() (contract.EncryptOut, error) {
			return contract.EncryptOut{Index: contract.Ref{Key: "packed"}, Files: 2, Bytes: 200}, nil
		},
		upload: ok, verify: ok, publish: ok, receipt: func(string) {},
		record: func() error { return nil },
	}
	s.env.RegisterWorkflowWithOptions(Options{}.ReportRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
	s.register()
}

func (s *runSuite) planOut() contract.PlanOut {
	return contract.PlanOut{
		Plan: contract.Ref{Key: "plan"}, Window: testWindow, WindowTxt: "2023-11-14", Report: "msg.messages@1.0",
		Title: "Messaging messages", Format: "csv",
		Legs: []contract.LegOut{{ID: "a", Kind: "store", Title: "store: kept"}, {ID: "b", Kind: "sftp", Title: "sftp: partner"}},
	}
}

func (s *runSuite) register() {
	add := func(name string, fn any) {
		s.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	add(contract.ActivityPlan, func(_ context.Context, in contract.PlanIn) (contract.PlanOut, error) {
		s.called("plan")
		return s.steps.plan(in)
	})
	add(contract.ActivityAwait, func(ctx context.Context, _ contract.StepIn) (contract.AwaitOut, error) {
		s.called("await")
		s.budget = activity.GetInfo(ctx).ScheduleToCloseTimeout
		return s.steps.await()
	})
	add(contract.ActivityFetch, func(context.Context, contract.StepIn) (contract.FetchOut, error) {
		s.called("fetch")
		return s.steps.fetch()
	})
	add(contract.ActivityTransform, func(context.Context, contract.StepIn) (contract.TransformOut, error) {
		return contract.TransformOut{Index: contract.Ref{Key: "rendered"}, Parts: 2, Entries: 9, Rows: 90, Bytes: 900, Tracked: s.steps.tracked}, nil
	})
	add(contract.ActivityEncrypt, func(context.Context, contract.StepIn) (contract.EncryptOut, error) { return s.steps.encrypt() })
	add(contract.ActivityUpload, func(_ context.Context, in contract.LegIn) (contract.UploadOut, error) {
		s.called("upload " + in.Leg)
		return contract.UploadOut{Files: 2, Bytes: 200}, s.steps.upload(in.Leg)
	})
	add(contract.ActivityVerify, func(_ context.Context, in contract.LegIn) (contract.VerifyOut, error) {
		s.called("verify " + in.Leg)
		return contract.VerifyOut{Asked: 3, Reached: 3}, s.steps.verify(in.Leg)
	})
	add(contract.ActivityPublish, func(_ context.Context, in contract.LegIn) (contract.PublishOut, error) {
		s.called("publish " + in.Leg)
		return contract.PublishOut{Location: "there", Files: 2}, s.steps.publish(in.Leg)
	})
	add(contract.ActivityDiscard, func(_ context.Context, in contract.LegIn) error {
		s.called("discard " + in.Leg)
		return nil
	})
	add(contract.ActivityReceipt, func(_ context.Context, in contract.ReceiptIn) error {
		s.called("receipt " + in.Leg)
		s.steps.receipt(in.Leg)
		return nil
	})
	add(contract.ActivityRecord, func(_ context.Context, in contract.RecordIn) error {
		s.called("record")
		s.record = in
		return s.steps.record()
	})
	add(contract.ActivityClean, func(context.Context, contract.StepIn) error {
		s.called("clean")
		return nil
	})
}

func (s *runSuite) run() (contract.RunResult, error) {
	s.env.ExecuteWorkflow(contract.WorkflowReportRun, contract.RunInput{Account: "a1", Task: "t1", Generation: 1})
	s.Require().True(s.env.IsWorkflowCompleted())
	var out contract.RunResult
	if err := s.env.GetWorkflowError(); err != nil {
		return out, err
	}
	return out, s.env.GetWorkflowResult(&out)
}

func final(kind fault.Kind, text string) error {
	return temporal.NewNonRetryableApplicationError(text, string(kind), nil)
}

func (s *runSuite) TestNothingChangedDeliversNothing() {
	s.steps.tracked = &contract.Tracked{Index: contract.Ref{Key: "rows"}, Mode: "changes", After: new(int), Held: 90, Unchanged: true}
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeUnchanged, out.Outcome)
	s.Equal(contract.OutcomeUnchanged, s.record.Outcome)
	s.Equal(1, s.calls["clean"], "the pages of this look are of no use to the next")
	for _, call := range []string{"upload a", "publish a", "receipt a", "upload b", "publish b", "receipt b"} {
		s.Zero(s.calls[call], call)
	}
	last := s.record.Steps[len(s.record.Steps)-1]
	s.Equal("none of 90 rows changed since revision 0", last.Detail, "what people read of it")
}

func (s *runSuite) TestALookAtAFeedSaysThatNothingWasExported() {
	s.steps.tracked = &contract.Tracked{Mode: "full", After: new(1), Unchanged: true}
	_, err := s.run()
	s.Require().NoError(err)
	last := s.record.Steps[len(s.record.Steps)-1]
	s.Equal("nothing was exported anew since revision 1", last.Detail)
}

func (s *runSuite) TestChangesSayWhatTheyChange() {
	s.steps.tracked = &contract.Tracked{Mode: "changes", After: new(int), Held: 91, Added: 2, Changed: 1200, Removed: 1}
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeDelivered, out.Outcome)
	s.Equal(1, s.calls["receipt a"])
	s.Equal("2 rows added, 1,200 changed, 1 removed since revision 0", s.record.Steps[2].Detail)
}

func (s *runSuite) TestGreenRunDeliversEveryLegAndCleans() {
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.RunResult{Outcome: contract.OutcomeDelivered, Window: testWindow, Files: 2, Rows: 90, Bytes: 200}, out)
	for _, call := range []string{"receipt a", "receipt b", "record", "clean"} {
		s.Equal(1, s.calls[call], call)
	}
	s.Equal(contract.OutcomeDelivered, s.record.Outcome)
	s.Len(s.record.Steps, 4+2*4)
	for _, step := range s.record.Steps {
		s.Equal(contract.StepDone, step.State, "%s %s", step.Name, step.Leg)
	}
}

func (s *runSuite) TestStepsCanBeAskedForWhileItRuns() {
	ask := func() (p contract.RunProgress) {
		value, err := s.env.QueryWorkflow(contract.QuerySteps)
		s.Require().NoError(err)
		s.Require().NoError(value.Get(&p))
		return p
	}
	first := true
	s.steps.upload = func(leg string) error {
		if leg == "b" && first {
			first = false
			return errors.New("down for a moment")
		}
		return nil
	}
	asked := false
	s.env.RegisterDelayedCallback(func() {
		p := ask()
		asked = true
		s.Equal([]any{"Messaging messages", "msg.messages@1.0", testWindow}, []any{p.Title, p.Report, p.Window})
		s.Equal("10 of 10 records received, 9 in the window, 0 B in 0 calls", p.Steps[1].Detail)
		states := map[string]string{}
		for _, step := range p.Steps {
			states[step.Name+" "+step.Where] = step.State
		}
		s.Equal(contract.StepRunning, states["upload sftp: partner"])
	}, time.Second) // before the second try
	_, err := s.run()
	s.Require().NoError(err)
	s.True(asked)
	receipts := map[string]string{}
	for _, step := range ask().Steps {
		if step.Name == contract.ActivityReceipt {
			receipts[step.Where] = step.State
		}
	}
	s.Equal(map[string]string{"store: kept": contract.StepDone, "sftp: partner": contract.StepDone}, receipts)
}

func (s *runSuite) TestOneDeadLegHoldsUpNoOther() {
	s.steps.upload = func(leg string) error {
		if leg == "b" {
			return errors.New("connection refused")
		}
		return nil
	}
	delivered := time.Time{}
	s.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, err error) {
		if info.ActivityType.Name == contract.ActivityReceipt && err == nil {
			delivered = s.env.Now()
		}
	})
	start := s.env.Now()
	_, err := s.run()
	s.Require().ErrorContains(err, "connection refused")
	s.Less(delivered.Sub(start), time.Minute, "the healthy leg is delivered at once")
	// The test environment gives up after ten attempts; the budget itself is legBudget.
	s.Equal(10, s.calls["upload b"], "the dead one is tried again and again")
	s.Equal(1, s.calls["receipt a"])
	s.Zero(s.calls["receipt b"])
	s.Equal(contract.OutcomeFailed, s.record.Outcome)
	s.Zero(s.calls["clean"], "a red run keeps its pages for the next attempt")
}

func (s *runSuite) TestSpoiltBytesAreSentAgainThreeTimes() {
	s.steps.verify = func(leg string) error {
		if leg == "b" {
			return final(fault.IntegrityMismatch, "other bytes")
		}
		return nil
	}
	_, err := s.run()
	s.Require().ErrorContains(err, "other bytes")
	s.Equal(maxSends, s.calls["upload b"])
	s.Equal(1, s.calls["upload a"])
	s.Zero(s.calls["publish b"])
	s.Equal(1, s.calls["discard b"])
	s.Zero(s.calls["discard a"])
}

func (s *runSuite) TestSpoiltOnceIsGreen() {
	first := true
	s.steps.verify = func(leg string) error {
		if leg == "b" && first {
			first = false
			return final(fault.IntegrityMismatch, "other bytes")
		}
		return nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Equal(2, s.calls["upload b"])
}

func (s *runSuite) TestDuplicateEndsWithoutReadingTheSource() {
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.Skip, out.SkipWhy = contract.OutcomeDuplicate, "delivered already"
		return out, nil
	}
	out, err := s.run()
	s.Require().NoError(err)
	s.Equal(contract.OutcomeDuplicate, out.Outcome)
	s.Zero(s.calls["fetch"])
	s.Equal("delivered already", s.record.Error)
}

func (s *runSuite) TestWindowThatIsNotOverIsWaitedForAndPlannedAnew() {
	due := s.env.Now().Add(3 * time.Hour)
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.NotBefore = due
		return out, nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Equal(2, s.calls["plan"])
	s.False(s.env.Now().Before(due))
}

func (s *runSuite) TestNominalTimeIsTheScheduledOne() {
	nominal := time.Date(2026, time.November, 20, 6, 0, 0, 0, time.UTC)
	s.Require().NoError(s.env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(scheduledAt.ValueSet(nominal))))
	s.steps.plan = func(in contract.PlanIn) (contract.PlanOut, error) {
		s.True(in.Nominal.Equal(nominal))
		return s.planOut(), nil
	}
	_, err := s.run()
	s.Require().NoError(err)
}

func (s *runSuite) TestEveryRedRunIsRecordedWithItsKind() {
	for kind, outcome := range map[fault.Kind]string{
		fault.CountMismatch: contract.OutcomeFailed,
		fault.Incomplete:    contract.OutcomeIncomplete,
		fault.Expired:       contract.OutcomeExpired,
	} {
		s.SetupTest()
		s.steps.fetch = func() (contract.FetchOut, error) { return contract.FetchOut{}, final(kind, "why it is red") }
		_, err := s.run()
		var app *temporal.ApplicationError
		s.Require().ErrorAs(err, &app)
		s.Equal(string(kind), app.Type())
		s.Equal("why it is red", app.Message())
		s.Equal(outcome, s.record.Outcome)
		s.Equal("why it is red", s.record.Error)
		s.Equal(string(kind), s.record.ErrorKind)
	}
}

func (s *runSuite) TestGreenDeliveryWithoutRecordIsRed() {
	s.steps.record = func() error { return final(fault.Corrupt, "the store lost it") }
	_, err := s.run()
	s.Require().ErrorContains(err, "the store lost it")
	s.Zero(s.calls["clean"])
}

func (s *runSuite) TestCancelledRunIsRecorded() {
	s.steps.upload = func(string) error { return errors.New("down") }
	s.env.RegisterDelayedCallback(s.env.CancelWorkflow, time.Hour)
	_, err := s.run()
	s.Require().Error(err)
	s.Equal(1, s.calls["record"])
	s.Equal(contract.OutcomeFailed, s.record.Outcome)
}

func (s *runSuite) TestDeliveredLegIsNotSentAgain() {
	s.steps.plan = func(contract.PlanIn) (contract.PlanOut, error) {
		out := s.planOut()
		out.Legs[0].Delivered = true
		return out, nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Zero(s.calls["upload a"])
	s.Equal(1, s.calls["receipt b"])
}

func (s *runSuite) TestEmptyWindowWithoutFilesStillHasReceipts() {
	s.steps.encrypt = func() (contract.EncryptOut, error) {
		return contract.EncryptOut{Index: contract.Ref{Key: "packed"}}, nil
	}
	_, err := s.run()
	s.Require().NoError(err)
	s.Zero(s.calls["upload a"])
	s.Equal(1, s.calls["receipt a"])
}

func TestMessageIsWhatAPersonShouldRead(t *testing.T) {
	app := temporal.NewApplicationError("the disk is full", string(fault.StorageFull))
	require.Equal(t, "the disk is full", message(app))
	require.Equal(t, "the disk is full; the disk is full", message(errors.Join(app, app)))
	require.Equal(t, "plain", message(errors.New("plain")))
}
