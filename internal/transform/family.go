package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"transporter/internal/report"
	"transporter/internal/transform/agentstatus"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/chat"
	"transporter/internal/transform/connector"
	"transporter/internal/transform/handletime"
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
	rows   func(name string) (rowSource, bool) // nil where no report has derived rows
}

// rowSource calls yield with every derived row of the record, in order: its element, and
// the objects around it in the order of its `with` in facts.yaml.
type rowSource func(yield func(element jsonrec.Value, around ...jsonrec.Value))

// setting is what a job gives families beside records.
type setting struct {
	lookups map[string]*lookup
	params  report.Params // the effective ones
	job     Job
}

// families make one ready, by the name that reports give. The names of their facts are
// defined in internal/report/data/facts.yaml.
var families = map[string]func(setting) *family{
	"configuration": newConfiguration,
	"messaging":     newMessaging,
	"chat":          newChat,
	"handle_time":   newHandleTime,
	"agent_status":  newAgentStatus,
	"connector":     newConnector,
	"feed":          newFeedLine,
}

// anyFacts are those of report.AnyFamily.
var anyFacts = map[string]fact{
	"account_id":    func(s *scope, out *cell.Cell) { out.SetText(s.account) },
	"row_number":    func(s *scope, out *cell.Cell) { out.SetInt(s.number) },
	factElementHash: elementHash,
}

const factElementHash = "element_hash"

// elementHashBytes of the SHA-256 tell the elements of one record apart.
const elementHashBytes = 8

func elementHash(s *scope, out *cell.Cell) {
	from := len(s.scratch)
	s.scratch = s.element.AppendCanonical(s.scratch)
	sum := sha256.Sum256(s.scratch[from:])
	s.scratch = hex.AppendEncode(s.scratch[:from], sum[:elementHashBytes])
	out.SetText(s.scratch[from:len(s.scratch):len(s.scratch)])
}

func newHandleTime(setting) *family {
	var segment jsonrec.Value
	return &family{
		reset:  func(root jsonrec.Value) { segment = root },
		defect: func() error { return nil },
		bind: func(name string) (fact, bool) {
			f, ok := handletime.Facts[name]
			return func(_ *scope, out *cell.Cell) { f(segment, out) }, ok
		},
	}
}

func newAgentStatus(s setting) *family {
	r := &agentstatus.Reasons{Text: namer(s.lookups["reason_texts"])}
	return &family{
		reset:  r.Reset,
		defect: func() error { return nil },
		bind: func(name string) (fact, bool) {
			f, ok := agentstatus.Facts[name]
			return func(_ *scope, out *cell.Cell) { f(r, out) }, ok
		},
	}
}

func newConnector(s setting) *family {
	c := &connector.Conversation{Options: connector.Options{Zone: s.job.Zone, ListDelimiter: joinOf(s.job.Formatting)}}
	return &family{
		reset:  c.Reset,
		defect: func() error { return nil },
		bind: func(name string) (fact, bool) {
			f, ok := connector.Facts[name]
			return func(_ *scope, out *cell.Cell) { f(c, out) }, ok
		},
	}
}

func newMessaging(s setting) *family {
	c := &messaging.Conversation{Options: messaging.Options{
		SkillName: namer(s.lookups["skill_names"]), HandleTimes: timer(s.lookups["handle_times"]), SLThresholdMS: number(s.params["sl_threshold_ms"]),
		Zone: s.job.Zone, ListDelimiter: joinOf(s.job.Formatting),
		SystemMessages: isTrue(s.params, "include_system_messages"), ConsumerNames: isTrue(s.params, "consumer_names"),
	}}
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
		rows: func(name string) (rowSource, bool) {
			rows, ok := messaging.Rows[name]
			return func(yield func(jsonrec.Value, ...jsonrec.Value)) { rows(c, yield) }, ok
		},
	}
}

func newChat(setting) *family {
	e := &chat.Engagement{}
	return &family{
		reset: e.Reset,
		defect: func() error {
			if d := e.Defect(); d != nil {
				return &badValue{d.Path, d.Reason}
			}
			return nil
		},
		bind: func(name string) (fact, bool) {
			f, ok := chat.Facts[name]
			return func(s *scope, out *cell.Cell) { f(e, s.row, out) }, ok
		},
	}
}

func namer(l *lookup) func([]byte) []byte {
	if l == nil {
		return nil
	}
	return l.text
}

// number reads a parameter that is a whole number; nil if it is not given.
func number(raw json.RawMessage) *int64 {
	var n *int64
	_ = json.Unmarshal(raw, &n) // checked with the parameters
	return n
}
