package transform

import (
	"bytes"
	"cmp"

	"transporter/internal/transform/cell"
)

// compare orders two elements by the sort paths: whole numbers by value, anything else
// by its bytes, what is missing first.
func (t *table) compare(a, b rowElement) int {
	s := scope{root: t.scope.root, record: t.scope.record}
	for _, p := range t.sort {
		s.element = a.value
		x := p.text(&s)
		s.element = b.value
		y := p.text(&s)
		nx, okX := cell.ParseInt(x)
		ny, okY := cell.ParseInt(y)
		order := bytes.Compare(x, y)
		if okX && okY {
			order = cmp.Compare(nx, ny)
		}
		if order != 0 {
			return order
		}
	}
	return 0
}
