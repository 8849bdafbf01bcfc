package activities

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feedbook"
	"transporter/internal/gate"
	"transporter/internal/report"
)

// Memory weights of the steps, in bytes: what an attempt may hold at its peak. Their sum
// over the attempts that run at once stays under the worker's budget.
const (
	fetchWeight     = 96 << 20 // four slices: a page in hand, a run being sorted and usual IDs each (withIDRoom)
	transformWeight = 96 << 20 // one run-merge, the largest usual record, the compressor
	encryptWeight   = 32 << 20
	deliverWeight   = 8 << 20

	// leastLookups is what lookups may hold in any case: configuration lists.
	leastLookups = 16 << 20

	// giantForms is how often rendering holds a giant record: as it came, parsed, and written, of
	// which there may be a copy while it grows.
	giantForms = 4
)

// Run holds the activities of ReportRun and the ports they call.
type Run struct {
	Stage     *Stage
	Book      *Book
	Ledger    Ledger
	Accounts  Accounts
	Schedules Schedules
	Adapters  Adapters
	Exporters Exporters
	Feeds     *feedbook.Book
	Runs      Executions
	Holds     Holds
	Told      Incidents
	Key       ed25519.PrivateKey // signs manifests
	Now       func() time.Time
	Memory    *semaphore.Weighted // bytes, shared by the steps that prepare files
	Room      int64               // all of Memory
	Sending   *semaphore.Weighted // bytes, kept for the steps of legs: a leg waits for no fetch
	Gate      *gate.Gate          // shared by the steps of legs: a dead destination holds up no other
}

// hold waits for a share of a memory budget of the process.
func hold(ctx context.Context, budget *semaphore.Weighted, bytes int64) (release func(), err error) {
	if err := budget.Acquire(ctx, bytes); err != nil {
		return nil, fmt.Errorf("wait for memory: %w", err)
	}
	return func() { budget.Release(bytes) }, nil
}

// weigh is what rendering holds, and what of it is for lookups at most: with a giant among the records, or
// among the rows of the table before, and with much that is looked up, it waits until there is room for that
// too, or for all that there is.
func (a *Run) weigh(index FetchIndex, table *feedbook.Place, def *report.Definition) (bytes, lookups int64) {
	giant := index.giant()
	if table != nil {
		for _, set := range table.Base.Sets(false) {
			giant = max(giant, set.Giant)
		}
	}
	base, all := transformWeight+giantForms*giant, max(a.Room, transformWeight)
	return min(base+index.lookedUp(def), all), max(all-base, leastLookups)
}

// plan reads back what the plan step fixed, and what was accepted since.
func (a *Run) plan(ctx context.Context, ref Ref) (Plan, error) {
	var p Plan
	err := a.Stage.GetJSON(ctx, ref, &p)
	if err == nil {
		err = a.acceptedMeanwhile(ctx, &p)
	}
	return p, err
}

// digest names a step's result by everything that went into it: inputs, effective
// settings and the step's own version. Equal digests mean equal results.
func digest(step string, inputs ...any) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, step)
	for _, in := range inputs {
		b, err := json.Marshal(in)
		if err != nil {
			return "", fault.New(fault.InvalidSpec, "digest of %s: %w", step, err)
		}
		_, _ = h.Write(append(b, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// pagesPrefix holds the source pages of a window; it is removed when the run is done.
func pagesPrefix(d contract.Delivery) string { return "pages/" + d.Key() }

// uploadsPrefix holds what uploads of one leg must remember.
func uploadsPrefix(d contract.Delivery) string { return "uploads/" + d.Key() }

// artefactsPrefix holds what a window was rendered and encrypted to; it is kept.
func artefactsPrefix(d contract.Delivery) string { return "artefacts/" + d.Key() }
