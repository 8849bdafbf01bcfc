package feedbook

import (
	"context"
	"strings"

	"transporter/internal/fault"
)

// Owner is the company whose tables a source reads.
type Owner struct {
	Account, Source string

	Declared string // as people entered it with the source
}

// Own refuses rows of another company than those that were read of the source before, in whichever
// table: two that are mixed in one place are told apart by nobody who gets them. Rows that do not say
// whose they are pass. A company that was renamed passes once the source is said to be of it.
func (l *Ledger) Own(ctx context.Context, o Owner, company string) error {
	if company == "" {
		return nil
	}
	key := "feeds-owner/" + o.Account + "/" + o.Source
	if _, err := l.records.PutIfAbsent(ctx, key, company); err != nil {
		return err
	}
	var first string
	if _, err := l.records.Get(ctx, key, &first); err != nil {
		return err
	}
	switch {
	case strings.EqualFold(first, company):
		return nil
	case strings.EqualFold(o.Declared, company):
		return l.records.Put(ctx, key, company)
	}
	return fault.New(fault.SchemaMismatch, "rows of the company %s are exported where those of %s were: this source is of one", company, first).
		WithField("platformAccount").WithFix("have each company's rows exported to a place of its own, with a source for each; "+
		"if the company was renamed, set the source's platformAccount to %q; then resume the run", company)
}
