// Package configuration computes the derived values of account configuration records.
// What each means is stated in internal/report/data/facts.yaml.
package configuration

import (
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Groups is the tree of agent groups, seen from the group of one record. Not safe for
// concurrent use.
type Groups struct {
	Name   func(id []byte) []byte // of any group; nil if it is unknown
	Parent func(id []byte) []byte // the group above; nil for the root

	root jsonrec.Value
}

// Reset takes the next record.
func (g *Groups) Reset(root jsonrec.Value) { g.root = root }

// Facts are the derived values by name. internal/report/data/facts.yaml defines them.
var Facts = map[string]func(g *Groups, out *cell.Cell){
	"group_path": func(g *Groups, out *cell.Cell) {
		out.BeginList()
		for _, id := range slices.Backward(g.wayUp()) {
			out.Add(g.Name(id))
		}
	},
	"group_depth": func(g *Groups, out *cell.Cell) { out.SetInt(int64(len(g.wayUp()) - 1)) },
}

// wayUp lists the group and those above it. A group that comes again ends it: the source
// should know no circles, but a report must not run in one.
func (g *Groups) wayUp() [][]byte {
	way := [][]byte{g.root.Get("id").Text()}
	for up := cell.TextOf(g.root.Get("parentGroupId")); up != nil && !among(way, up); up = g.Parent(up) {
		way = append(way, up)
	}
	return way
}

func among(ids [][]byte, id []byte) bool {
	return slices.ContainsFunc(ids, func(x []byte) bool { return string(x) == string(id) })
}
