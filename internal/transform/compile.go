package transform

import (
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

func unknownFact(d *report.Definition, name string) error {
	return fault.New(fault.SchemaMismatch, "report %s: fact %s has no code", d.Ref(), name)
}

func badColumn(d *report.Definition, name string) error {
	return fault.New(fault.InvalidSpec, "report %s has no column %q", d.Ref(), name).WithField("formatting.columns")
}

// compileColumn makes a column ready. Paths and names were checked at load.
func compileColumn(t *table, c *report.Column, params report.Params, lookups map[string]*lookup) (*column, error) {
	d, in := t.job.Report, &t.scope
	out := &column{
		def: c, lookup: lookups[c.Lookup], line: d.Feed != nil,
		text:     (c.Type == report.String || c.Convert == report.ConvertLength) && !c.Rule.Has(report.N1),
		minusOne: c.Rule.Has(report.N2), required: c.Rule.Has(report.NR), zero: c.Rule.Has(report.N4),
	}
	out.stripHTML = c.Convert == report.ConvertStripHTML && isTrue(params, report.ConvertStripHTML)
	if c.When != nil {
		out.when = compilePath(c.When.Path, in)
	}
	for _, a := range c.Path {
		if a.If == "" || isTrue(params, a.If) {
			out.paths = append(out.paths, compilePath(a.Path, in))
		}
	}
	for _, p := range c.Concat {
		out.concat = append(out.concat, compilePath(p, in))
	}
	if c.Count != "" {
		out.count = compilePath(c.Count, in)
	}
	if c.Rule.Has(report.N6) && !report.Facts(d.Family)[c.Fact].Open {
		out.open = compileOpen(d, c, in)
	}
	for from, to := range c.Map {
		if out.mapped == nil {
			out.mapped = map[string][]byte{}
		}
		out.mapped[from] = []byte(to)
	}
	if c.Fact != "" {
		var ok bool
		if out.fact, ok = in.fact(c.Fact); !ok {
			return nil, unknownFact(d, c.Fact)
		}
	}
	out.once = out.dependsOnRecordOnly(report.Facts(d.Family)[c.Fact].OfRow())
	return out, nil
}

func compileOpen(d *report.Definition, c *report.Column, in *scope) []*path {
	from := c.Open
	if len(from) == 0 {
		from = d.Open
	}
	var out []*path
	for _, a := range from {
		out = append(out, compilePath(a.Path, in))
	}
	return out
}

func (c *column) dependsOnRecordOnly(rowFact bool) bool {
	all := append(append(append([]*path{}, c.paths...), c.concat...), c.open...)
	if c.count != nil {
		all = append(all, c.count)
	}
	for _, p := range all {
		if p.readsRow() {
			return false
		}
	}
	return !rowFact
}

// refusals are the report's rules for records that must not be delivered.
type refusals []refusal

type refusal struct {
	path    *path
	text    string
	reason  string
	because *path // nil: the reason says all
}

func newRefusals(d *report.Definition, in *scope) refusals {
	var out refusals
	for _, r := range d.Refuse {
		compiled := refusal{path: compilePath(r.Path, in), text: r.Path, reason: r.Reason}
		if r.Because != "" {
			compiled.because = compilePath(r.Because, in)
		}
		out = append(out, compiled)
	}
	return out
}

func (rs refusals) check(s *scope) error {
	for _, r := range rs {
		var refused bool
		r.path.each(s, func(v jsonrec.Value) bool {
			refused = string(v.Text()) == "true"
			return !refused
		})
		if refused {
			return &badValue{r.text, r.why(s)}
		}
	}
	return nil
}

// why is what the record itself says, if it does.
func (r *refusal) why(s *scope) string {
	if r.because != nil {
		if own := r.because.text(s); len(own) > 0 {
			return string(own)
		}
	}
	return r.reason
}
