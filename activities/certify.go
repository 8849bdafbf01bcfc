package activities

import (
	"context"
	"crypto/ed25519"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/signed"
)

// maxCertified bounds the windows of a certificate: their receipts are read one by one while
// a person waits.
const maxCertified = 10_000

// OpenRuns knows the open runs of tasks.
type OpenRuns interface {
	Open(ctx context.Context, accountID, taskID string) (map[string]bool, error)
}

// Certify holds the activity that signs certificates of coverage.
type Certify struct {
	Ledger coverage.Ledger
	Book   *receipt.Book
	Runs   OpenRuns
	Key    ed25519.PrivateKey
	Now    func() time.Time
}

// Run writes a signed certificate of the period and returns its key. A zero From is the
// beginning of the task's first window, a zero To the end of the last one that is due.
// Repeats write another certificate; nothing else changes.
func (a *Certify) Run(ctx context.Context, in contract.CertifyIn) (contract.CertifyOut, error) {
	c, err := a.certificate(ctx, in)
	if err != nil {
		return contract.CertifyOut{}, toTemporal(err)
	}
	signed, err := coverage.Sign(c, a.Key)
	if err != nil {
		return contract.CertifyOut{}, toTemporal(err)
	}
	key, err := a.Book.PutCertificate(ctx, in.Account, in.Task, signed)
	return contract.CertifyOut{Key: key}, toTemporal(err)
}

func (a *Certify) certificate(ctx context.Context, in contract.CertifyIn) (c coverage.Certificate, err error) {
	now := a.Now()
	_, windows, err := coverage.Load(ctx, a.Ledger, in.Account, in.Task)
	if err != nil {
		return c, err
	}
	n := 0
	var first, last time.Time
	for w := range windows.Due(time.Time{}, now) {
		if first.IsZero() {
			first = w.From
		}
		last = w.To
		if w.To.After(in.From) && (in.To.IsZero() || w.From.Before(in.To)) {
			n++
		}
	}
	if in.From.IsZero() {
		in.From = first
	}
	if in.To.IsZero() {
		in.To = last
	}
	switch {
	case !in.To.After(in.From):
		return c, fault.New(fault.InvalidSpec, "the period holds no window that is due").WithField("query.from").WithFix("ask for an earlier period, or later")
	case n > maxCertified:
		return c, fault.New(fault.InvalidSpec, "the period has %d windows, at most %d are certified at once", n, maxCertified).WithField("query.from").
			WithFix("ask for a certificate of each shorter period")
	}
	open, err := a.Runs.Open(ctx, in.Account, in.Task)
	if err != nil {
		return c, err
	}
	q := coverage.Query{
		Account: in.Account, Task: in.Task, From: in.From, To: in.To, Now: now, Timeline: windows, Open: open, Reach: coverage.ReachAt(now),
	}
	lines, err := coverage.Read(ctx, a.Book, q)
	if err != nil {
		return c, err
	}
	return coverage.Certify(q, lines, func(l coverage.Line) (string, error) { return a.hash(ctx, in, l) })
}

// hash returns that of the window's receipt, "" when it is gone.
func (a *Certify) hash(ctx context.Context, in contract.CertifyIn, l coverage.Line) (string, error) {
	from, to := l.Span()
	r, err := a.Book.Receipt(ctx, contract.Delivery{
		Account: in.Account, Task: in.Task, Generation: l.Generation, Revision: l.Revision, Span: contract.Span{From: from, To: to},
	})
	if err != nil || r == nil {
		return "", err
	}
	return signed.Hash(r)
}
