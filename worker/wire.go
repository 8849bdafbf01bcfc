package main

import (
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/semaphore"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/config"
	"transporter/internal/destination/s3"
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/gate"
	"transporter/internal/guard"
	"transporter/internal/incident"
	"transporter/internal/journal"
	"transporter/internal/ledger"
	"transporter/internal/link"
	"transporter/internal/receipt"
	"transporter/internal/relay"
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
	k, err := readKeys(c.keys)
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
	records := seal.NewBox(k.records)
	specs := ledger.New(st, records)
	open := &adapters{
		key: k.private, cloud: sealed.New(st, seal.NewBox(k.store)), quota: c.cloudQuota * mebibyte, dialer: guard.New(outbound), shared: platform, now: time.Now,
		parts: s3.NewBuffers(partsMemory * mebibyte / s3.PartSize), mail: server, kept: c.keepArtefacts, held: journal.New(st, records),
		schemas: feedschema.New(st, records),
	}
	if c.publicURL != "" {
		open.links = link.NewAddresses(link.New(st, records, time.Now), link.NewSigner(k.records), c.publicURL, c.keepArtefacts)
	}
	schedules := temporalx.NewScheduler(tc.ScheduleClient(), data, describe, time.Now)
	run := &activities.Run{
		Stage: staging.New(st, seal.NewBox(k.store)), Book: receipt.New(st, records), Ledger: specs,
		Accounts: accounts, Schedules: schedules, Adapters: open, Exporters: open, Runs: temporalx.NewExecutions(tc, data), Key: k.signing, Now: now,
		Memory:  semaphore.NewWeighted((c.memory - sendingMemory - partsMemory) * mebibyte),
		Room:    (c.memory - sendingMemory - partsMemory) * mebibyte,
		Sending: semaphore.NewWeighted(sendingMemory * mebibyte),
		Gate:    gate.New(time.Now),
	}
	run.Feeds = feedbook.New(feedbook.NewLedger(st, records), run.Stage, time.Now)
	told := notifier(c, accounts, incident.New(st, records), k.private, guard.New(outbound), server, now)
	run.Holds, run.Told = open.schemas, activities.Told{Notify: told}
	return steps{
		run:   run,
		tasks: &activities.Tasks{Ledger: specs, Scheduler: schedules, Backfills: temporalx.NewBackfills(tc), Now: time.Now},
		probe: &activities.Probe{Accounts: accounts, Adapters: open, Exporters: open},
		back:  &activities.Backfill{Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Now: now},
		order: &activities.Reconcile{
			Accounts: accounts, Schedules: schedules, Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc),
			Backfills: temporalx.NewBackfills(tc), Incidents: run.Told, Now: now,
			Kept:  activities.Kept{Store: st, Stage: run.Stage, Artefacts: c.keepArtefacts, Cloud: c.keepCloud, Pages: c.keepPages, Rows: c.keepRows},
			Feeds: run.Feeds,
		},
		late:      &activities.Revise{Accounts: accounts, Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Now: now, Exporters: open, Feeds: run.Feeds.Ledger, Holds: run.Holds, Told: run.Told},
		deadlines: &activities.Deadlines{Notify: told, Ledger: specs, Book: run.Book},
		sign:      &activities.Certify{Ledger: specs, Book: run.Book, Runs: temporalx.NewRuns(tc), Key: k.signing, Now: now},
		talks:     talks(accounts, open.held, temporalx.NewConversations(tc), k.private, guard.New(outbound), now),
		apps:      &activities.Apps{Accounts: accounts, Installers: open, Book: appbook.New(st, records), Secrets: appSecrets{k.private, k.webhooks}},
		connector: &activities.Connector{Accounts: accounts, Platforms: open, Bodies: open.held, Journal: open.held, Told: temporalx.NewConversations(tc), Now: time.Now},
	}.byName(), nil
}

// talks makes the steps that keep conversations and tell the channel's side.
func talks(accounts activities.Accounts, kept *journal.Journal, trouble activities.RelayTrouble, key *seal.PrivateKey, dialer *guard.Dialer, now func() time.Time) *activities.Conversations {
	unseal := func(accountID string, s account.Sealed) ([]byte, error) { return seal.Open(key, accountID, s) }
	return &activities.Conversations{
		Accounts: accounts, Journal: kept, Callback: relay.New(dialer.Client(nil), kept, unseal, time.Now), Trouble: trouble, Now: now,
	}
}
