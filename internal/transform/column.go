package transform

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// column computes one column: source, changes, type, null rules, in that order.
type column struct {
	def       *report.Column
	once      bool // the same for all rows of a record
	paths     []*path
	concat    []*path
	count     *path
	fact      fact
	lookup    *lookup
	open      []*path
	mapped    map[string][]byte
	stripHTML bool
	when      *path
	text      bool // placeholders are text, not null (rule N0 of a string)
	minusOne  bool // -1 is null (rule N2)
	line      bool // of an exported line, whose types are those of several engines
	required  bool // rule NR
	zero      bool // rule N4
	embedded  jsonrec.Doc
}

// badValue is why a record cannot be delivered: a value that its column cannot hold.
type badValue struct {
	column string
	reason string
}

func (e *badValue) Error() string { return e.column + ": " + e.reason }

// read computes the column for the scope's row.
func (c *column) read(s *scope, out *cell.Cell) error {
	if err := c.take(s, out); err != nil {
		return &badValue{c.def.Name, err.Error()}
	}
	if out.Kind != cell.Null && c.open != nil && c.isOpen(s) {
		out.SetNull()
	}
	if out.Kind != cell.Null {
		return nil
	}
	switch {
	case c.required:
		return &badValue{c.def.Name, "has no value, and must have one"}
	case !c.zero:
	case c.def.Type == report.List:
		out.BeginList()
	default:
		out.SetInt(0)
	}
	return nil
}

func (c *column) take(s *scope, out *cell.Cell) error {
	out.SetNull()
	switch {
	case c.fact != nil:
		c.fact(s, out)
		c.dropPlaceholder(out)
		return nil
	case c.count != nil:
		n := int64(0)
		c.count.each(s, func(jsonrec.Value) bool { n++; return true })
		out.SetInt(n)
		return nil
	case c.concat != nil:
		c.takeConcat(s, out)
		return nil
	case c.def.Type == report.List:
		c.takeList(s, out)
		return nil
	}
	v, ok := c.first(s)
	if !ok {
		return nil
	}
	return c.change(s, v, out)
}

// dropPlaceholder holds facts to the rules of texts too.
func (c *column) dropPlaceholder(out *cell.Cell) {
	if out.Kind == cell.Text && !c.text && cell.IsPlaceholder(out.Text) {
		out.SetNull()
	}
	if out.Kind == cell.Int && c.minusOne && out.Num == -1 {
		out.SetNull()
	}
}

// first returns the first value of the alternatives that the column's rules do not take
// for null.
func (c *column) first(s *scope) (jsonrec.Value, bool) {
	var found jsonrec.Value
	for _, p := range c.paths {
		if len(p.steps) == 0 { // most paths: no search, no closure
			if v := p.start(s); v.Kind() != jsonrec.Null && !c.isNull(v) {
				return v, true
			}
			continue
		}
		if !p.each(s, func(v jsonrec.Value) bool {
			if c.isNull(v) {
				return true
			}
			found = v
			return false
		}) {
			return found, true
		}
	}
	return found, false
}

func (c *column) isNull(v jsonrec.Value) bool { return c.whyNull(v) != "" }

// Why a value is taken for null.
const (
	nullPlaceholder = "a placeholder of the source" // rule N1, and every type but string
	nullMinusOne    = "N2: -1 stands for nothing"
	nullAlso        = "this column takes it for null"
)

// whyNull is empty for what is a value.
func (c *column) whyNull(v jsonrec.Value) string {
	k := v.Kind()
	if k != jsonrec.String && k != jsonrec.Number {
		return ""
	}
	b := v.Text()
	switch {
	case k == jsonrec.String && !c.text && c.isPlaceholder(b):
		return nullPlaceholder
	case c.minusOne && string(b) == "-1":
		return nullMinusOne
	}
	for _, also := range c.def.AlsoNull {
		if string(b) == also {
			return nullAlso
		}
	}
	return ""
}

func (c *column) isPlaceholder(b []byte) bool {
	if c.line {
		return isLinePlaceholder(c.def.Type, b)
	}
	return cell.IsPlaceholder(b)
}

func (c *column) takeConcat(s *scope, out *cell.Cell) {
	from := len(s.scratch)
	for _, p := range c.concat {
		p.each(s, func(v jsonrec.Value) bool {
			if !c.isNull(v) {
				if len(s.scratch) > from {
					s.scratch = append(s.scratch, ' ')
				}
				s.scratch = append(s.scratch, v.Text()...)
			}
			return true
		})
	}
	if len(s.scratch) > from {
		out.SetText(s.scratch[from:len(s.scratch):len(s.scratch)])
	}
}

// takeList takes every value of every path. A list that is there and empty is empty,
// one that is not there is null.
func (c *column) takeList(s *scope, out *cell.Cell) {
	for _, p := range c.paths {
		if p.hasList(s) {
			out.BeginList()
		}
		p.each(s, func(v jsonrec.Value) bool {
			if c.isNull(v) {
				return true
			}
			if out.Kind == cell.Null {
				out.BeginList()
			}
			b := v.Text()
			switch {
			case c.lookup == nil:
				out.Add(b)
			case c.lookup.lists != nil:
				out.List = append(out.List, c.lookup.all(b)...)
			default:
				out.Add(c.lookup.text(b))
			}
			return true
		})
	}
}

// change applies without, convert, map and lookup, and reads the rest as the type.
func (c *column) change(s *scope, v jsonrec.Value, out *cell.Cell) error {
	switch {
	case c.def.Without != nil:
		c.without(s, v, out)
		return nil
	case c.def.Convert == report.ConvertJSON:
		c.parseEmbedded(s, v, out)
		return nil
	case c.def.Convert == report.ConvertLength:
		out.SetInt(int64(utf8.RuneCount(v.Text())))
		return nil
	case c.stripHTML && (c.when == nil || string(c.when.text(s)) == c.def.When.Equals):
		s.scratch = appendWithoutTags(s.scratch, v.Text(), out)
		return nil
	case c.mapped != nil:
		return c.mapText(s, v, out)
	case c.lookup != nil && c.lookup.counts != nil:
		out.SetInt(c.lookup.count(v.Text()))
		return nil
	case c.lookup != nil:
		c.setNamed(c.lookup.text(v.Text()), out)
		c.dropPlaceholder(out)
		return nil
	}
	if c.line {
		return readLineAs(s, c.def.Type, v, out)
	}
	return readAs(s, c.def.Type, v, out)
}

// setNamed takes what was looked up.
func (c *column) setNamed(text []byte, out *cell.Cell) {
	if c.def.Type == report.Bool && text != nil {
		out.SetBool(string(text) == "true")
		return
	}
	out.SetText(text)
}

func (c *column) mapText(s *scope, v jsonrec.Value, out *cell.Cell) error {
	b := v.Text()
	if name, ok := c.mapped[string(b)]; ok {
		out.SetText(name)
		return nil
	}
	switch c.def.Else {
	case report.ElseKeep:
		return readAs(s, c.def.Type, v, out)
	case report.ElseLower:
		out.SetText(bytes.ToLower(b))
	}
	return nil
}

func (c *column) without(s *scope, v jsonrec.Value, out *cell.Cell) {
	const empty = "{}"
	from := len(s.scratch)
	s.scratch = v.AppendCompact(s.scratch, c.def.Without...)
	if made := s.scratch[from:len(s.scratch):len(s.scratch)]; string(made) != empty {
		out.SetJSON(made)
	}
}

// parseEmbedded reads a text that holds JSON. What is no text is JSON already; a text
// that is not valid JSON stays a text.
func (c *column) parseEmbedded(s *scope, v jsonrec.Value, out *cell.Cell) {
	if v.Kind() == jsonrec.String {
		parsed, err := c.embedded.Parse(v.Text())
		if err != nil {
			out.SetText(v.Text())
			return
		}
		v = parsed
	}
	from := len(s.scratch)
	s.scratch = v.AppendCompact(s.scratch)
	out.SetJSON(s.scratch[from:len(s.scratch):len(s.scratch)])
}

func (c *column) isOpen(s *scope) bool {
	for _, p := range c.open {
		if state := p.text(s); state != nil && !cell.IsPlaceholder(state) {
			return string(state) == "OPEN"
		}
	}
	return false
}

func unfit(v jsonrec.Value, want string) error {
	const limit = 40 // enough to recognise the value, too little to leak a text
	b := v.Text()
	if k := v.Kind(); k == jsonrec.Array || k == jsonrec.Object {
		return fmt.Errorf("%s where %s should be", k, want)
	}
	if len(b) > limit {
		b = b[:limit]
	}
	return fmt.Errorf("%q where %s should be", b, want)
}
