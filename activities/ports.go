package activities

import (
	"context"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/receipt"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// Accounts reads account entities.
type Accounts interface {
	// Snapshot returns the account as it is now, secrets sealed. A missing account is
	// fault.NotFound.
	Snapshot(ctx context.Context, id string) (account.Snapshot, error)
}

// Executions tells how runs stand.
type Executions interface {
	// Closed reports whether the workflow has ended or never was.
	Closed(ctx context.Context, workflowID string) (bool, error)
	// Attempts returns how often each step of the run was tried.
	Attempts(ctx context.Context, workflowID, runID string) (map[contract.StepKey]int, error)
}

// Adapters opens what an account's records describe; it unseals their secrets.
type Adapters interface {
	// Source opens the platform account to read from.
	Source(ctx context.Context, accountID string, s account.Source) (source.Source, error)
	// Destination opens the place to deliver to.
	Destination(ctx context.Context, accountID string, d account.Destination) (destination.Destination, error)
	// Signer opens the key that signs the account's files.
	Signer(accountID string, s account.Signer) (*pgp.Signer, error)
}

// Exporters opens sources that are exported as partitions; it unseals their secrets.
type Exporters interface {
	Exports(ctx context.Context, accountID string, s account.Source) (source.Exports, error)
}

// Ledger reads the spec ledger of a task.
type Ledger interface {
	Entries(ctx context.Context, accountID, taskID string) ([]ledger.Entry, error)
	// Frozen returns the windows that were frozen, in order.
	Frozen(ctx context.Context, accountID, taskID string) ([]ledger.Frozen, error)
}

// Stage is the part of staging that the run uses.
type Stage = staging.Stage

// Book is the book of receipts, claims and run records.
type Book = receipt.Book

// Ref is short for what travels between the steps.
type Ref = contract.Ref
