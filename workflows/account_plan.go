package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// maxHooks bounds the webhooks of an account's notifications.
const maxHooks = 20

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
	if err := in.Limits.Check(); err != nil {
		return err
	}
	return version("plan of account", e.ID, e.PlanVersion, e.PlanVersion > 0, in.Write)
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
func (e *entity) allowed(s task.Spec, most account.Limits) error {
	refuse := func(field, format string, args ...any) error {
		return fault.New(fault.LimitReached, "the %s plan of the account "+format, append([]any{cmp.Or(e.Plan, account.PlanPremium)}, args...)...).
			WithField(field).WithFix("stay within it, or have the plan of the account changed")
	}
	if len(most.Frequencies) > 0 && !slices.Contains(most.Frequencies, s.Frequency.Kind) {
		return refuse("frequency.kind", "runs tasks %s only", strings.Join(most.Frequencies, " or "))
	}
	if long := task.Duration(s.WindowLength()); most.Window > 0 && long > most.Window {
		field := "frequency"
		if s.Frequency.Kind == task.Once {
			field = "end"
		}
		return refuse(field, "takes windows of at most %s, and this one is %s long", most.Window, long)
	}
	for i, leg := range s.Destinations {
		if kind := e.Destinations[leg.Destination].Kind; len(most.Destinations) > 0 && !slices.Contains(most.Destinations, kind) {
			return refuse(fmt.Sprintf("destinations[%d].destination", i), "delivers to destinations of kind %s only, and this one is of kind %s",
				strings.Join(most.Destinations, " or "), kind)
		}
	}
	return nil
}
