package transform

import (
	"encoding/json"
	"strings"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// explainer makes the trace of one cell. It reads the record anew, so that what derived
// values read is not hidden by what they remember.
type explainer struct {
	*Trace
	job    Job
	column *column
	scope  *scope
	doc    jsonrec.Doc

	watched func() []jsonrec.Value // ends the watch and returns what was read
}

func (f *finder) explain(job Job, lookups map[string]*lookup, rec source.Record) (*Trace, error) {
	t, err := newTable(job, lookups)
	if err != nil {
		return nil, err
	}
	c := t.columns[f.column-len(t.system)]
	e := &explainer{job: job, column: c, scope: &t.scope, Trace: &Trace{
		Report: job.Report.Ref(), Row: f.rowKey, Column: c.def.Name, Doc: c.def.Doc, Type: c.def.Type, Rules: c.def.Rule,
		Record: rec.ID, AlsoNull: c.def.AlsoNull, Zone: job.Zone.String(), Cell: f.found,
	}}
	root, err := e.doc.Parse(rec.Raw)
	if err != nil {
		return nil, err
	}
	t.scope.reset(root, rec.FetchedAt)
	e.watched = watch(&e.doc)
	e.goTo(t, f.row)
	e.origin(lookups)
	e.watched()
	e.openState()
	if c.zero && c.fact == nil && c.count == nil && e.isNothing() {
		e.Steps = append(e.Steps, Step{Do: StepOtherwise, Becomes: e.Cell})
	}
	return e.Trace, nil
}

// goTo goes to the row. Rows of an array are found without deriving anything.
func (e *explainer) goTo(t *table, row int) {
	if t.rows == nil && t.derive == nil {
		return
	}
	t.collectRows()
	if t.derive == nil {
		e.watched()
		e.watched = watch(&e.doc)
	}
	for _, el := range t.order {
		if el.at == row {
			t.scope.setRow(el)
			e.Element = el.value.Path()
		}
	}
}

// watch begins to collect the values of the record whose text is read, each once.
func watch(doc *jsonrec.Doc) func() []jsonrec.Value {
	var read []jsonrec.Value
	known := map[jsonrec.Value]bool{}
	doc.Watch(func(v jsonrec.Value) {
		if !known[v] {
			known[v] = true
			read = append(read, v)
		}
	})
	return func() []jsonrec.Value {
		doc.Watch(nil)
		return read
	}
}

// isNothing reports whether no value was found.
func (e *explainer) isNothing() bool {
	for _, t := range e.Tried {
		if t.Empty {
			return false
		}
		for _, v := range t.Values {
			if v.Null == "" {
				return false
			}
		}
	}
	return true
}

// origin traces where the value comes from.
func (e *explainer) origin(lookups map[string]*lookup) {
	def := e.column.def
	switch {
	case def.Fact != "":
		e.From = "fact"
		e.fact(lookups)
	case def.Count != "":
		e.From = "count"
		e.Tried = []Tried{e.try(def.Count, func(jsonrec.Value) bool { return true })}
	case def.Concat != nil:
		e.From = "concat"
		for _, p := range def.Concat {
			e.Tried = append(e.Tried, e.try(p, func(jsonrec.Value) bool { return true }))
		}
	default:
		e.From = "path"
		e.paths()
	}
}

// try follows a path and keeps what it leads to, up to the value at which goOn is false.
func (e *explainer) try(text string, goOn func(jsonrec.Value) bool) Tried {
	t, p := Tried{Path: text}, compilePath(text, e.scope)
	e.scope.record, e.scope.rowStamp = e.scope.record+1, e.scope.rowStamp+1 // members are found anew
	p.each(e.scope, func(v jsonrec.Value) bool {
		t.Values = append(t.Values, Read{At: v.Path(), Value: v.AppendCompact(nil), Null: e.column.whyNull(v)})
		return goOn(v)
	})
	t.Empty = len(t.Values) == 0 && p.hasList(e.scope)
	return t
}

// paths tries the alternatives in order: a list takes all, anything else the first value.
func (e *explainer) paths() {
	list, taken, params := e.Type == report.List, false, e.job.Report.Effective(e.job.Params)
	for _, a := range e.column.def.Path {
		if a.If != "" && !isTrue(params, a.If) {
			e.Tried = append(e.Tried, Tried{Path: a.Path, Skipped: a.If})
			continue
		}
		if taken {
			break
		}
		e.Tried = append(e.Tried, e.try(a.Path, func(v jsonrec.Value) bool {
			if e.column.isNull(v) {
				return true
			}
			e.change(v, list)
			taken = !list
			return list
		}))
	}
}

// change traces what is done to a value that was found.
func (e *explainer) change(v jsonrec.Value, list bool) {
	def, raw := e.column.def, json.RawMessage(v.AppendCompact(nil))
	switch c := e.column; {
	case list && c.lookup == nil:
	case list:
		e.lookup(raw, c.lookup.found(v.Text()))
	case def.Without != nil:
		e.Steps = append(e.Steps, Step{Do: StepWithout, With: strings.Join(def.Without, ",")})
	case def.Convert == report.ConvertStripHTML:
		if c.stripHTML && (c.when == nil || string(c.when.text(e.scope)) == def.When.Equals) {
			e.Steps = append(e.Steps, Step{Do: StepConvert, With: def.Convert})
		}
	case def.Convert != "":
		e.Steps = append(e.Steps, Step{Do: StepConvert, With: def.Convert})
	case c.mapped != nil:
		var out cell.Cell
		if c.mapText(e.scope, v, &out) == nil {
			e.Steps = append(e.Steps, Step{Do: StepMap, Value: raw, Becomes: e.asJSON(&out)})
		}
	case c.lookup != nil:
		e.lookup(raw, c.lookup.found(v.Text()))
	}
}

func (e *explainer) asJSON(c *cell.Cell) json.RawMessage {
	enc := jsonEncoder{clock: clock{zone: e.job.Zone}}
	return enc.appendCell(nil, c, e.Type)
}

func (e *explainer) lookup(key, found json.RawMessage) {
	e.Steps = append(e.Steps, Step{Do: StepLookup, With: e.column.def.Lookup, Value: key, Becomes: found})
}

// asText is null where nothing was found.
func asText(b []byte) json.RawMessage {
	if b == nil {
		return json.RawMessage("null")
	}
	return jsonrec.AppendText(nil, b)
}

// fact computes the derived value again and keeps what its code reads.
func (e *explainer) fact(lookups map[string]*lookup) {
	name := e.column.def.Fact
	e.Fact = &FactTrace{Name: name, FactDoc: report.Facts(e.job.Report.Family)[name]}
	if _, given := anyFacts[name]; given {
		e.Fact.Read = []Read{{At: "the run", Value: e.Cell}}
		if name == factElementHash {
			e.Fact.Read[0] = Read{At: e.Element, Value: e.scope.element.AppendCompact(nil)}
		}
		return
	}
	for name, l := range lookups {
		l.seen = func(key []byte) { e.seenKey(name, l, key) }
		defer func() { l.seen = nil }()
	}
	var out cell.Cell
	e.column.fact(e.scope, &out)
	for _, v := range e.watched() {
		e.Fact.Read = append(e.Fact.Read, Read{At: v.Path(), Value: v.AppendCompact(nil)})
	}
}

func (e *explainer) seenKey(name string, l *lookup, key []byte) {
	e.Steps = append(e.Steps, Step{Do: StepLookup, With: name, Value: jsonrec.AppendText(nil, key), Becomes: l.found(key)})
}

// openState traces rule N6.
func (e *explainer) openState() {
	if e.column.open == nil {
		return
	}
	from := e.column.def.Open
	if len(from) == 0 {
		from = e.job.Report.Open
	}
	for i, p := range e.column.open {
		state := p.text(e.scope)
		if state == nil || cell.IsPlaceholder(state) {
			continue
		}
		step := Step{Do: StepOpen, With: from[i].Path, Value: asText(state)}
		if e.column.isOpen(e.scope) {
			step.Becomes = json.RawMessage("null")
		}
		e.Steps = append(e.Steps, step)
		return
	}
}
