package transform

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/configuration"
)

func newConfiguration(s setting) *family {
	g := &configuration.Groups{Name: namer(s.lookups["group_names"]), Parent: namer(s.lookups["group_parents"])}
	return &family{
		reset:  g.Reset,
		defect: func() error { return nil },
		bind: func(name string) (fact, bool) {
			f, ok := configuration.Facts[name]
			return func(_ *scope, out *cell.Cell) { f(g, out) }, ok
		},
	}
}
