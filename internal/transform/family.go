package transform

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// fact computes one derived value.
type fact func(s *scope, out *cell.Cell)

// family computes the derived values of one kind of source records, for one job.
type family struct {
	reset  func(root jsonrec.Value) // goes to the next record
	defect func() error             // what makes the record unfit, a *badValue; nil if nothing
	bind   func(name string) (fact, bool)
}

// families make one ready, by the name that reports give. The names of their facts are
// defined in internal/report/data/facts.yaml.
var families = map[string]func(map[string]*lookup) *family{
	"messaging": newMessaging,
}

// anyFacts are those of report.AnyFamily.
var anyFacts = map[string]fact{
	"account_id": func(s *scope, out *cell.Cell) { out.SetText(s.account) },
}

func newMessaging(lookups map[string]*lookup) *family {
	c := &messaging.Conversation{SkillName: namer(lookups["skill_names"])}
	return &family{
		reset: c.Reset,
		defect: func() error {
			if d := c.Defect(); d != nil {
				return &badValue{d.Path, d.Reason}
			}
			return nil
		},
		bind: func(name string) (fact, bool) {
			f, ok := messaging.Facts[name]
			return func(s *scope, out *cell.Cell) { f(c, s.row, out) }, ok
		},
	}
}

func namer(l *lookup) func([]byte) []byte {
	if l == nil {
		return nil
	}
	return func(id []byte) []byte { return l.texts[string(id)] }
}
