package main

import (
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/semaphore"

	"transporter/activities"
	"transporter/internal/config"
	"transporter/internal/contract"
	"transporter/internal/destination/s3"
	"transporter/internal/gate"
	"transporter/internal/guard"
	"transporter/internal/incident"
	"transporter/internal/keys"
	"transporter/internal/ledger"
	"transporter/internal/link"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/source/liveperson"
	"transporter/internal/staging"
	"transporter/internal/store"
	_ "transporter/internal/store/bucketstore" // s3:// and gs://
	"transporter/internal/store/sealed"
	"transporter/internal/temporalx"
)

// wire makes the ports from the configuration and returns the activities by name.
func wire(c *options, st store.Store, tc client.Client, data converter.DataConverter, platform *liveperson.Shared) (map[string]any, error) {
	own, err := keys.Store(c.keys)
	if err != nil {
		return nil, err
	}
	shared, err := keys.Records(c.keys)
	if err != nil {
		return nil, err
	}
	private, err := keys.Private(c.keys)
	if err != nil {
		return nil, err
	}
	signing, err := keys.Signing(c.keys)
	if err != nil {
		return nil, err
	}
	outbound := guard.Config{Allow: c.allow}
	if err := outbound.Validate(); err != nil {
		return nil, err
	}
	server, err := mailServer(c.mail, guard.New(outbound))
	if err != nil {
		return nil, err
	}
	now, err := config.Clock(c.now)
	if err != nil {
		return nil, err
	}
	accounts := temporalx.NewAccounts(tc)
	records := seal.NewBox(shared)
	specs := ledger.New(st, records)
	open := &adapters{
		key: private, cloud: sealed.New(st, seal.NewBox(own)), quota: c.cloudQuota * mebibyte, dialer: guard.New(outbound), shared: platform, now: time.Now,
		parts: s3.NewBuffers(partsMemory * mebibyte / s3.PartSize), mail: server, kept: c.keepArtefacts,
	}
	if c.publicURL != "" {
		open.links = link.NewAddresses(link.New(st, records, time.Now), link.NewSigner(shared), c.publicURL, c.keepArtefacts)
	}
	schedules := temporalx.NewScheduler(tc.ScheduleClient(), data, describe, time.Now)
	run := &activities.Run{
		Stage: staging.New(st, seal.NewBox(own)), Book: receipt.New(st, records), Ledger: specs,
		Accounts: accounts, Schedules: schedules, Adapters: open, Runs: temporalx.NewExecutions(tc, data), Key: signing, Now: now,
		Memory:  semaphore.NewWeighted((c.memory - sendingMemory - partsMemory) * mebibyte),
		Sending: semaphore.NewWeighted(sendingMemory * mebibyte),
		Gate:    gate.New(time.Now),
	}
	tasks := &activities.Tasks{Ledger: specs, Scheduler: schedules, Backfills: temporalx.NewBackfills(tc), Now: time.Now}
	back := &activities.Backfill{Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Now: now}
	sign := &activities.Certify{Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Key: signing, Now: now}
	told := notifier(c, accounts, incident.New(st, records), private, guard.New(outbound), server, now)
	order := &activities.Reconcile{
		Accounts: accounts, Schedules: schedules, Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc),
		Backfills: temporalx.NewBackfills(tc), Incidents: activities.Told{Notify: told}, Now: now,
		Kept: activities.Kept{Store: st, Stage: run.Stage, Artefacts: c.keepArtefacts, Cloud: c.keepCloud, Pages: c.keepPages, Rows: c.keepRows},
	}
	late := &activities.Revise{Accounts: accounts, Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Now: now}
	return catalogue(run, tasks, &activities.Probe{Accounts: accounts, Adapters: open}, back, order, late,
		&activities.Deadlines{Notify: told, Ledger: specs, Book: run.Book}, sign), nil
}

// catalogue names every activity.
func catalogue(run *activities.Run, tasks *activities.Tasks, probe *activities.Probe, back *activities.Backfill, order *activities.Reconcile,
	late *activities.Revise, told *activities.Deadlines, sign *activities.Certify,
) map[string]any {
	return map[string]any{
		contract.ActivityPlan:       run.Plan,
		contract.ActivityFetch:      run.Fetch,
		contract.ActivityTransform:  run.Transform,
		contract.ActivityEncrypt:    run.Encrypt,
		contract.ActivityUpload:     run.Upload,
		contract.ActivityVerify:     run.Verify,
		contract.ActivityPublish:    run.Publish,
		contract.ActivityDiscard:    run.Discard,
		contract.ActivityReceipt:    run.Receipt,
		contract.ActivityRecord:     run.Record,
		contract.ActivityClean:      run.Clean,
		contract.ActivityTaskApply:  tasks.Apply,
		contract.ActivityTaskRemove: tasks.Remove,
		contract.ActivityProbe:      probe.Probe,
		contract.ActivityCertify:    sign.Run,

		contract.ActivityNotify:   told.Run,
		contract.ActivityDeadline: told.Look,

		contract.ActivityListAccounts:     order.List,
		contract.ActivityReconcileAccount: order.Account,
		contract.ActivityMaintainAccount:  order.MaintainAccount,
		contract.ActivityReviseAccount:    late.Account,

		contract.ActivityBackfillScope: back.Scope,
		contract.ActivityBackfillSweep: (&activities.Sweep{Backfill: back, Run: run}).Sweep,
		contract.ActivityBackfillRun:   back.Run,
	}
}
