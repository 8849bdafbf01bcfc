package temporalx

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Accounts reads Account entities.
type Accounts struct{ client client.Client }

// NewAccounts returns a reader over the client.
func NewAccounts(c client.Client) *Accounts { return &Accounts{c} }

// Snapshot returns everything of the account as it is now, secrets sealed. An account that
// does not exist or is closed is fault.NotFound; no worker to answer is fault.Upstream.
func (a *Accounts) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	var s account.Snapshot
	answer, err := a.client.QueryWorkflow(ctx, contract.AccountID(id), "", contract.QuerySnapshot)
	if err == nil {
		err = answer.Get(&s)
	}
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return s, fault.New(fault.NotFound, "account %q does not exist", id)
	case err != nil:
		return s, fault.New(fault.Upstream, "read account %q: %w", id, err).
			WithFix("check that a worker with the workflows role is running")
	case !s.Created:
		return s, fault.New(fault.NotFound, "account %q does not exist", id)
	case s.Closed:
		return s, fault.New(fault.NotFound, "account %q is closed", id)
	}
	return s, nil
}
