package transform

import (
	"errors"
	"math"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/transform/agentstatus"
	"transporter/internal/transform/jsonrec"
)

// fold makes the records that rows are written of from those that the source gives, for
// reports of which a row comes from several. It takes them one after another and holds no
// more than what is still open.
type fold interface {
	// Add takes the next record of the resource and gives what it completes, in the report's
	// order. A record that cannot be used is a *jsonrec.Defect.
	Add(resource string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error
	// End gives what the end of the window completes, and returns what the window after it
	// goes on from.
	End(give func(source.Record) error) (state []byte, err error)
}

// folds make one ready, by the name that reports give. Rules of the records that they give
// are in the package of their family.
var folds = map[string]func(setting) (fold, error){
	"status_changes":      func(s setting) (fold, error) { return agentstatus.NewChanges(s.window()) },
	"status_segments":     func(s setting) (fold, error) { return agentstatus.NewSegments(s.window(), isTrue(s.params, "clip")) },
	"skill_interval":      newSkillIntervals,
	"chat_skill_interval": newChatIntervals,
	"answer_times":        newAnswerTimes,

	"agent_interval":       func(s setting) (fold, error) { return newAgents(s, false) },
	"agent_days":           func(s setting) (fold, error) { return newAgents(s, true) },
	"agent_skill_interval": newAgentSkills,
}

func (s setting) window() agentstatus.Window {
	return agentstatus.Window{From: s.job.From, To: s.job.To, Zone: s.job.Zone, State: s.job.State}
}

// folding feeds a fold. What it gives goes to take, and what cannot be delivered of that is
// held back alone; a record that the fold itself cannot read is a *badValue.
type folding struct {
	fold fold
	own  string // the report's own resource
	from int64  // records of that before it are known already
	doc  jsonrec.Doc
	take func(source.Record) error

	drift *drift
}

// newFolding returns what to feed the records of the source to; without a fold they are
// what rows are written of.
func newFolding(job Job, lookups map[string]*lookup, take func(source.Record) error) (*folding, error) {
	if job.Report.Fold == "" {
		return nil, nil
	}
	begin, ok := folds[job.Report.Fold]
	if !ok {
		return nil, fault.New(fault.SchemaMismatch, "report %s: fold %s has no code", job.Report.Ref(), job.Report.Fold)
	}
	f, err := begin(setting{lookups: lookups, params: job.Report.Effective(job.Params), job: job})
	made := &folding{fold: f, own: job.Report.Resource, from: math.MinInt64, take: take, drift: job.drift}
	if job.State != nil {
		made.from = job.From
	}
	return made, err
}

func (f *folding) add(resource string, rec source.Record) error {
	if resource == f.own && rec.Order < f.from {
		return nil
	}
	f.doc.Release()
	root, err := f.doc.Parse(rec.Raw)
	if err != nil {
		return unreadable(rec.Raw, err)
	}
	f.drift.fold(resource, root)
	err = f.fold.Add(resource, root, rec, f.take)
	if d := (*jsonrec.Defect)(nil); errors.As(err, &d) {
		return &badValue{d.Path, d.Reason}
	}
	return err
}
