package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// emptyLife is how long an entity waits for its "create": a refused update-with-start
// leaves an empty one behind, which must not live for ever.
const emptyLife = 24 * time.Hour

var attrAccount = temporal.NewSearchAttributeKeyKeyword(contract.AttrAccount)

// entity is one account: its state, and the lock that writes take because some of them
// wait for an activity.
type entity struct {
	contract.AccountState
	workflowID string
	mutex      workflow.Mutex
}

// Account is the entity that owns an account's settings, sources, destinations, keys and
// task registry. Every change is an update that is checked before it reaches history and
// is answered with the new version; it lives until it is closed, as a chain of
// continued executions.
func (o Options) Account(ctx workflow.Context, state contract.AccountState) error {
	ctx = o.bind(ctx)
	e := &entity{
		AccountState: state,
		workflowID:   workflow.GetInfo(ctx).WorkflowExecution.ID,
		mutex:        workflow.NewMutex(ctx),
	}
	e.prepare()
	if err := e.register(ctx); err != nil {
		return err
	}
	e.show(ctx)
	return e.run(ctx)
}

// prepare makes the state whole before the first handler can see it.
func (e *entity) prepare() {
	if e.Sources == nil {
		e.Sources = map[string]account.Source{}
	}
	if e.Destinations == nil {
		e.Destinations = map[string]account.Destination{}
	}
	if e.Keys == nil {
		e.Keys = map[string]account.Key{}
	}
	if e.Tasks == nil {
		e.Tasks = map[string]account.Task{}
	}
	if e.Apps == nil {
		e.Apps = map[string]account.App{}
	}
}

func (e *entity) register(ctx workflow.Context) error {
	for _, register := range []func(workflow.Context) error{e.registerQueries, e.registerLife, e.registerThings, e.registerTasks, e.registerPlan, e.registerApps} {
		if err := register(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (e *entity) registerQueries(ctx workflow.Context) error {
	snapshot := func() (account.Snapshot, error) { return e.Snapshot, nil }
	err := workflow.SetQueryHandlerWithOptions(ctx, contract.QuerySnapshot, snapshot,
		workflow.QueryHandlerOptions{Description: "everything, with secrets sealed"})
	if err != nil {
		return err
	}
	overview := func() (account.Snapshot, error) { return redacted(e.Snapshot), nil }
	return workflow.SetQueryHandlerWithOptions(ctx, contract.QueryOverview, overview,
		workflow.QueryHandlerOptions{Description: "everything but secrets"})
}

// redacted returns the snapshot without any sealed value.
func redacted(s account.Snapshot) account.Snapshot {
	sources := make(map[string]account.Source, len(s.Sources))
	for _, id := range workflow.DeterministicKeys(s.Sources) {
		v := s.Sources[id]
		v.Secret = account.Sealed{}
		sources[id] = v
	}
	destinations := make(map[string]account.Destination, len(s.Destinations))
	for _, id := range workflow.DeterministicKeys(s.Destinations) {
		v := s.Destinations[id]
		v.Secret = account.Sealed{}
		destinations[id] = v
	}
	apps := make(map[string]account.App, len(s.Apps))
	for _, id := range workflow.DeterministicKeys(s.Apps) {
		v := s.Apps[id]
		v.Secret, v.Webhook = account.Sealed{}, account.Sealed{}
		if v.Callback != nil {
			v.Callback = &account.Callback{URL: v.Callback.URL}
		}
		apps[id] = v
	}
	hooks := make([]account.Webhook, len(s.Notify.Webhooks))
	for i, hook := range s.Notify.Webhooks {
		hooks[i] = account.Webhook{URL: hook.URL}
	}
	if s.Signer != nil {
		signer := *s.Signer
		signer.Secret = account.Sealed{}
		s.Signer = &signer
	}
	s.Sources, s.Destinations, s.Apps, s.Notify.Webhooks = sources, destinations, apps, hooks
	return s
}

// run waits until the account is closed or the history is long enough to begin a new
// one. Nothing yields between the last handler's end and the return, so no update is
// lost: what arrives later is taken by the next execution.
func (e *entity) run(ctx workflow.Context) error {
	if err := e.awaitCreate(ctx); err != nil {
		return err
	}
	if e.Created {
		if err := workflow.Await(ctx, func() bool { return e.Closed || continueSuggested(ctx) }); err != nil {
			return err
		}
	}
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if e.Closed || !e.Created {
		return nil
	}
	options := workflow.ContinueAsNewErrorOptions{InitialVersioningBehavior: workflow.ContinueAsNewVersioningBehaviorAutoUpgrade}
	return workflow.NewContinueAsNewErrorWithOptions(ctx, options, contract.WorkflowAccount, e.AccountState)
}

// awaitCreate waits for "create", at most emptyLife. Its timer is cancelled as soon as it
// is not needed, which workflow.AwaitWithTimeout does not do.
func (e *entity) awaitCreate(ctx workflow.Context) error {
	if e.Created {
		return nil
	}
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timed, emptyLife, workflow.TimerOptions{Summary: "waiting to be created"})
	return workflow.Await(ctx, func() bool { return e.Created || timer.IsReady() })
}

// continueSuggested reports that the server wants a new execution, for its length or for
// a newer worker.
func continueSuggested(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() || info.GetTargetWorkerDeploymentVersionChanged()
}
