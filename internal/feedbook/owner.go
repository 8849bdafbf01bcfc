package feedbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"transporter/internal/fault"
)

// Owner is the company whose tables a source reads.
type Owner struct {
	Account, Source string

	Declared string // as people entered it with the source
}

// owned is whose rows were read of a source.
type owned struct {
	Company  string `json:"company"`
	Declared string `json:"declared"` // what the source was said to be of when they were first read
}

// UnmarshalJSON reads also what was written before declarations were kept: the company's name alone.
func (o *owned) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &o.Company) == nil {
		return nil
	}
	type plain owned
	return json.Unmarshal(text, (*plain)(o))
}

// Own refuses rows of another company than those that were read of the source before, in whichever
// table: two that are mixed in one place are told apart by nobody who gets them. Rows that do not say
// whose they are pass. A company that was renamed passes once the source is said to be of it and was
// said to be of another before: what was said all along tells of no new name.
func (l *Ledger) Own(ctx context.Context, o Owner, company string) error {
	if company == "" {
		return nil
	}
	key, now := "feeds-owner/"+o.Account+"/"+o.Source, owned{company, o.Declared}
	if _, err := l.records.PutIfAbsent(ctx, key, now); err != nil {
		return err
	}
	var first owned
	if _, err := l.records.Get(ctx, key, &first); err != nil {
		return err
	}
	same, renamed := strings.EqualFold(first.Company, company), strings.EqualFold(o.Declared, company)
	switch {
	case same && first.Declared != "":
		return nil
	case same, renamed && !strings.EqualFold(o.Declared, first.Declared):
		return l.records.Put(ctx, key, now)
	case strings.EqualFold(o.Declared, first.Company): // what is said after this is a new name
		if err := l.records.Put(ctx, key, owned{first.Company, o.Declared}); err != nil {
			return err
		}
	}
	fix := fmt.Sprintf("if the company was renamed, set the source's platformAccount to %q; then resume the run", company)
	if renamed {
		fix = fmt.Sprintf("the source was said to be of %s while rows of %s were read. If that is one company under a new name, set the source's "+
			"platformAccount to %q and resume the run, then set it back to %q and resume the run again", company, first.Company, first.Company, company)
	}
	return fault.New(fault.SchemaMismatch, "rows of the company %s are exported where those of %s were: this source is of one", company, first.Company).
		WithField("platformAccount").WithFix("have each company's rows exported to a place of its own, with a source for each; %s", fix)
}
