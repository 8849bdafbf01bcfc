package workflows

import (
	"encoding/json"
	"regexp"
	"strings"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

const (
	// maxThing bounds one thing of an account as JSON: room for a long key, none for data.
	maxThing = 32 << 10
	// maxState bounds the whole account as JSON, so that continue-as-new, which carries it
	// in one payload, stays far below the server's 2 MiB.
	maxState = 512 << 10
	// maxDescription keeps lists and the Temporal UI readable.
	maxDescription = 300
	// maxIdemKey bounds a remembered key.
	maxIdemKey = 100
)

// safeID is what may become part of a workflow ID and of a store key.
var safeID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// alive refuses writes to an account that is not there.
func (e *entity) alive() error {
	switch {
	case !e.Created:
		return fault.New(fault.NotFound, "account %q does not exist", strings.TrimPrefix(e.workflowID, contract.AccountID(""))).
			WithFix("create it first")
	case e.Closed:
		return fault.New(fault.NotFound, "account %q is closed", e.ID)
	}
	return nil
}

// fits checks what every thing has in common: the account is alive, the id is safe, the
// size and the description are in bounds, and the account has room for it.
func (e *entity) fits(head contract.Write, what string, m account.Meta, thing any) error {
	if err := e.alive(); err != nil {
		return err
	}
	if !safeID.MatchString(m.ID) {
		return fault.New(fault.InvalidSpec, "%q is no id of a %s: letters, digits, . _ and -, at most 64", m.ID, what).WithField("id")
	}
	if len(m.Description) > maxDescription {
		return fault.New(fault.InvalidSpec, "is %d bytes long, at most %d", len(m.Description), maxDescription).WithField("description")
	}
	if len(head.IdemKey) > maxIdemKey {
		return fault.New(fault.InvalidSpec, "is %d bytes long, at most %d", len(head.IdemKey), maxIdemKey).WithField("Idempotency-Key")
	}
	size, err := jsonSize(thing)
	if err != nil {
		return err
	}
	if size > maxThing {
		return fault.New(fault.LimitReached, "the %s is %d bytes as JSON, at most %d", what, size, maxThing).
			WithFix("shorten it; data does not belong in a definition")
	}
	whole, err := jsonSize(e.Snapshot)
	if err == nil && whole+size > maxState {
		return fault.New(fault.LimitReached, "the account holds %d bytes of definitions, at most %d", whole, maxState).
			WithFix("delete what is not used")
	}
	return err
}

func jsonSize(v any) (int, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return 0, fault.New(fault.InvalidSpec, "encode input: %w", err)
	}
	return len(b), nil
}

// version compares what a put expects with what is there.
func version(what, id string, have int, exists bool, head contract.Write) error {
	switch {
	case head.IfVersion == contract.AnyVersion, head.IfVersion == 0 && !exists, exists && head.IfVersion == have:
		return nil
	case !exists:
		return missing(what, id)
	case head.IfVersion == 0:
		return fault.New(fault.Conflict, "%s %q exists already, at version %d", what, id, have).WithFix("edit it, or choose another id")
	}
	return fault.New(fault.Conflict, "%s %q is at version %d, not %d: somebody changed it", what, id, have, head.IfVersion).
		WithFix("read it again and repeat the change")
}

// existing is version for writes that cannot create.
func existing(what, id string, have int, exists bool, head contract.Write) error {
	if !exists {
		return missing(what, id)
	}
	if head.IfVersion == 0 {
		return nil
	}
	return version(what, id, have, exists, head)
}

func missing(what, id string) error {
	return fault.New(fault.NotFound, "%s %q does not exist in this account", what, id)
}

// unused refuses to delete what tasks still refer to, naming them.
func (e *entity) unused(what, id string, refers func(task.Spec) bool) error {
	var users []string
	for _, t := range workflow.DeterministicKeys(e.Tasks) {
		if refers(e.Tasks[t].Spec) {
			users = append(users, t)
		}
	}
	if len(users) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "%s %q is used by task %s", what, id, strings.Join(users, ", ")).
		WithFix("change or delete these tasks first")
}
