package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

func TestPutPlan(t *testing.T) {
	b := newBench(t)
	tight := account.Limits{Tasks: 1, PerReport: 1}
	first := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanPremium, Limits: tight})
	stale := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Write: contract.Write{IfVersion: 7}, Plan: account.PlanBasic})
	full := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec()})
	wider := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Write: contract.Write{IfVersion: 1}, Plan: account.PlanPremium})
	room := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec()})
	b.run(filled())
	require.NoError(t, first.err)
	require.Equal(t, fault.Conflict, kindOf(t, stale.err))
	require.Equal(t, fault.LimitReached, kindOf(t, full.err))
	require.ErrorContains(t, full.err, "has 1 task, and its plan allows at most 1")
	require.NoError(t, wider.err)
	require.Equal(t, 2, wider.out.Version)
	require.NoError(t, room.err, "without limits of its own the account has the default ones")
	require.Zero(t, b.after.Limits)
}

// The limits of the deployment hold where the account has none of its own.
func TestDeployedPlans(t *testing.T) {
	b := newBench(t)
	one := account.Plans{Premium: account.Limits{Tasks: 1}}
	full := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec(), Plans: one})
	wider := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanPremium, Limits: account.Limits{Tasks: 2}})
	room := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec(), Plans: one})
	b.run(filled())
	require.Equal(t, fault.LimitReached, kindOf(t, full.err))
	require.ErrorContains(t, full.err, "path.tasks: the account has 1 task, and its plan allows at most 1")
	require.NoError(t, wider.err)
	require.NoError(t, room.err)
}

// Limits below what the account has leave its tasks editable; only a move to a report that
// has reached its limit adds to a count.
func TestEditsAboveALoweredLimit(t *testing.T) {
	b := newBench(t)
	state := filled()
	for _, id := range []string{"second", "moving"} {
		more := state.Tasks["messages"]
		more.ID = id
		state.Tasks[id] = more
	}
	elsewhere := spec()
	elsewhere.Report = "msg.conversations"
	apart := state.Tasks["moving"]
	apart.Spec = elsewhere
	state.Tasks["moving"] = apart
	lower := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanPremium, Limits: account.Limits{Tasks: 1, PerReport: 1}})
	shorter := spec()
	shorter.Description = "Edited"
	edit := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "second", Spec: shorter})
	onto := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "moving", Spec: spec()})
	another := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "third", Spec: spec()})
	b.run(state)
	require.NoError(t, lower.err)
	require.NoError(t, edit.err)
	require.Equal(t, "Edited", b.after.Tasks["second"].Description)
	require.Equal(t, fault.LimitReached, kindOf(t, onto.err))
	require.ErrorContains(t, onto.err, "report: the account has 2 tasks of msg.messages, and its plan allows at most 1")
	require.Equal(t, fault.LimitReached, kindOf(t, another.err))
	require.ErrorContains(t, another.err, "path.tasks")
}

// The basic plan refuses what it does not include, and leaves the tasks that are there.
func TestBasicPlan(t *testing.T) {
	basic := func(change func(*task.Spec)) task.Spec {
		s, from := spec(), day
		to := from.Add(24 * time.Hour)
		s.Frequency, s.Start, s.End = task.Frequency{Kind: task.Once}, &from, &to
		s.Destinations = []task.Leg{{Destination: "idle", Encryption: task.Encryption{Mode: task.EncryptNone}}}
		change(&s)
		return s
	}
	longer := day.Add(24*time.Hour + time.Second)
	for name, c := range map[string]struct {
		change func(*task.Spec)
		says   string
	}{
		"a day, once, to the store": {func(*task.Spec) {}, ""},
		"every day":                 {func(s *task.Spec) { s.Frequency = spec().Frequency }, "once only"},
		"more than a day":           {func(s *task.Spec) { s.End = &longer }, "at most 1d"},
		"to a server":               {func(s *task.Spec) { s.Destinations = append(s.Destinations, spec().Destinations...) }, "destinations[1].destination"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			plan := b.send(contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanBasic})
			put := b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: "new", Spec: basic(c.change)})
			b.run(filled())
			require.NoError(t, plan.err)
			require.Equal(t, account.TaskEnabled, b.after.Tasks["messages"].State)
			if c.says == "" {
				require.NoError(t, put.err)
				return
			}
			require.Equal(t, fault.LimitReached, kindOf(t, put.err))
			require.ErrorContains(t, put.err, c.says)
			require.NotContains(t, b.after.Tasks, "new")
		})
	}
}

func TestPutNotifications(t *testing.T) {
	b := newBench(t)
	const url = "https://hooks.example.com/a"
	put := func(version int, hooks ...account.Webhook) *sent {
		return b.send(contract.UpdatePutNotifications, contract.PutNotificationsIn{
			Write:         contract.Write{IfVersion: version},
			Notifications: account.Notifications{When: task.NotifyFailure, Emails: []string{"wfm@example.com"}, Webhooks: hooks},
		})
	}
	first := put(0, account.Webhook{URL: url, Secret: sealed("hook secret")})
	kept := put(1, account.Webhook{URL: url}, account.Webhook{URL: url + "b", Secret: sealed("other")})
	bare := put(2, account.Webhook{URL: url + "c"})
	var overview account.Snapshot
	b.RegisterDelayedCallback(func() { overview = b.query(contract.QueryOverview) }, b.next+time.Minute)
	b.run(filled())
	require.NoError(t, first.err)
	require.NoError(t, kept.err)
	require.Equal(t, fault.InvalidSpec, kindOf(t, bare.err))
	require.ErrorContains(t, bare.err, "webhooks[0].secret")
	require.Equal(t, 2, b.after.Notify.Version)
	require.Equal(t, sealed("hook secret"), b.after.Notify.Webhooks[0].Secret, "a webhook without a secret keeps the stored one")
	require.Equal(t, []account.Webhook{{URL: url}, {URL: url + "b"}}, overview.Notify.Webhooks, "people see no secrets")
	require.Equal(t, b.after.Notify.Emails, overview.Notify.Emails)
}

func TestPlanRefusals(t *testing.T) {
	notify := func(n account.Notifications) contract.PutNotificationsIn {
		return contract.PutNotificationsIn{Notifications: n}
	}
	hook := func(url string) contract.PutNotificationsIn {
		return notify(account.Notifications{Webhooks: []account.Webhook{{URL: url, Secret: sealed("s")}}})
	}
	for name, c := range map[string]struct {
		update string
		in     any
		says   string
	}{
		"no plan":          {contract.UpdatePutPlan, contract.PutPlanIn{Plan: "gold"}, "plan"},
		"below zero":       {contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanBasic, Limits: account.Limits{Tasks: -1}}, "limits.tasks"},
		"too many":         {contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanBasic, Limits: account.Limits{PerReport: 100_000}}, "limits.perReport"},
		"no choice":        {contract.UpdatePutNotifications, notify(account.Notifications{When: "maybe"}), "when"},
		"no address":       {contract.UpdatePutNotifications, notify(account.Notifications{Emails: []string{"a@example.com", "b"}}), "emails[1]"},
		"many webhooks":    {contract.UpdatePutNotifications, notify(account.Notifications{Webhooks: make([]account.Webhook, 21)}), "webhooks:"},
		"another scheme":   {contract.UpdatePutNotifications, hook("ftp://example.com/a"), "webhooks[0].url"},
		"no host":          {contract.UpdatePutNotifications, hook("https:///a"), "webhooks[0].url"},
		"only a port":      {contract.UpdatePutNotifications, hook("https://:443/a"), "webhooks[0].url"},
		"a user in it":     {contract.UpdatePutNotifications, hook("https://user:pw@example.com/a"), "webhooks[0].url"},
		"an edit's choice": {contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: spec(), Backlog: "lose"}, "backlog"},
		"a catch-up":       {contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskEnabled, CatchUp: "some"}, "catchUp"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			got := b.send(c.update, c.in)
			b.run(filled())
			require.Equal(t, fault.InvalidSpec, kindOf(t, got.err), "%v", got.err)
			require.ErrorContains(t, got.err, c.says)
			require.Equal(t, filled().Snapshot, b.after, "a refused write changes nothing")
		})
	}
}
