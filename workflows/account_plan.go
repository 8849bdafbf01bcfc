package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

const (
	// basicSpan is the longest window of a basic account's tasks (T22).
	basicSpan = 24 * time.Hour
	// storeKind is the destination kind of a basic account's tasks: the cloud store.
	storeKind = "store"
	// maxHooks bounds the webhooks of an account's notifications.
	maxHooks = 20
)

func (e *entity) registerPlan(ctx workflow.Context) error {
	for _, w := range []interface {
		register(workflow.Context, *entity) error
	}{
		newWrite(contract.UpdatePutPlan, "set plan and limits", e.checkPlan, e.putPlan),
		newWrite(contract.UpdatePutNotifications, "say who is told of runs", e.checkNotifications, e.putNotifications),
	} {
		if err := w.register(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (e *entity) checkPlan(in contract.PutPlanIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if in.Plan != account.PlanBasic && in.Plan != account.PlanPremium {
		return fault.New(fault.InvalidSpec, "%q is no plan: %s or %s", in.Plan, account.PlanBasic, account.PlanPremium).WithField("plan")
	}
	if err := checkLimit("limits.tasks", in.Limits.Tasks); err != nil {
		return err
	}
	if err := checkLimit("limits.perReport", in.Limits.PerReport); err != nil {
		return err
	}
	return version("plan of account", e.ID, e.PlanVersion, e.PlanVersion > 0, in.Write)
}

func checkLimit(field string, n int) error {
	if n >= 0 && n <= account.MaxLimit {
		return nil
	}
	return fault.New(fault.InvalidSpec, "%d is no limit: 1 to %d, or 0 for the default", n, account.MaxLimit).WithField(field)
}

// putPlan changes what may be made from now on; tasks that are there go on.
func (e *entity) putPlan(ctx workflow.Context, in contract.PutPlanIn) (contract.Written, error) {
	e.Plan, e.Limits, e.PlanVersion = in.Plan, in.Limits, e.PlanVersion+1
	return e.settled(ctx, e.PlanVersion), nil
}

func (e *entity) checkNotifications(in contract.PutNotificationsIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	n := in.Notifications
	if n.When != "" && !slices.Contains(task.NotifyChoices(), n.When) {
		return fault.New(fault.InvalidSpec, "%q is no choice: none, failure or always", n.When).WithField("when")
	}
	if err := task.CheckAddresses("emails", n.Emails); err != nil {
		return err
	}
	if len(n.Webhooks) > maxHooks {
		return fault.New(fault.InvalidSpec, "%d webhooks are too many, at most %d", len(n.Webhooks), maxHooks).WithField("webhooks")
	}
	for i, hook := range n.Webhooks {
		if err := account.CheckHook(fmt.Sprintf("webhooks[%d].url", i), hook.URL); err != nil {
			return err
		}
		if len(hook.Secret.Data) == 0 && len(e.hookSecret(hook.URL).Data) == 0 {
			return fault.New(fault.InvalidSpec, "a webhook needs a secret to sign with").WithField(fmt.Sprintf("webhooks[%d].secret", i))
		}
	}
	return version("notifications of account", e.ID, e.Notify.Version, e.Notify.Version > 0, in.Write)
}

func (e *entity) putNotifications(ctx workflow.Context, in contract.PutNotificationsIn) (contract.Written, error) {
	n := in.Notifications
	n.Version = e.Notify.Version + 1
	for i := range n.Webhooks {
		if len(n.Webhooks[i].Secret.Data) == 0 {
			n.Webhooks[i].Secret = e.hookSecret(n.Webhooks[i].URL)
		}
	}
	e.Notify = n
	return e.settled(ctx, n.Version), nil
}

// hookSecret returns the stored secret of the webhook with the address.
func (e *entity) hookSecret(url string) account.Sealed {
	for _, hook := range e.Notify.Webhooks {
		if hook.URL == url {
			return hook.Secret
		}
	}
	return account.Sealed{}
}

// settled answers a write of something the account has one of.
func (e *entity) settled(ctx workflow.Context, version int) contract.Written {
	return contract.Written{Meta: account.Meta{
		ID: e.ID, Version: version, CreatedAt: e.CreatedAt, UpdatedAt: workflow.Now(ctx).UTC(),
	}}
}

// allowed refuses what the account's plan does not include.
func (e *entity) allowed(s task.Spec) error {
	if e.Plan != account.PlanBasic {
		return nil
	}
	const fix = "choose the premium plan"
	if s.Frequency.Kind != task.Once {
		return fault.New(fault.LimitReached, "the basic plan runs tasks just once").WithField("frequency.kind").WithFix(fix)
	}
	if s.Start != nil && s.End != nil && s.End.Sub(*s.Start) > basicSpan {
		return fault.New(fault.LimitReached, "the basic plan takes windows of at most 24 hours").WithField("end").WithFix(fix)
	}
	for i, leg := range s.Destinations {
		if e.Destinations[leg.Destination].Kind != storeKind {
			return fault.New(fault.LimitReached, "the basic plan delivers to the cloud store only").
				WithField(fmt.Sprintf("destinations[%d].destination", i)).WithFix(fix)
		}
	}
	return nil
}
