// Package handletime computes what agent segments of the Actual Handle Time API do not say
// themselves.
package handletime

import (
	"strconv"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// Facts are the derived values, by their names in facts.yaml.
var Facts = map[string]func(segment jsonrec.Value, out *cell.Cell){
	"segment_ms":   length,
	"handle_ratio": ratio,
}

func length(segment jsonrec.Value, out *cell.Cell) {
	out.SetNull()
	start, hasStart := cell.IntOf(segment.Get("startTimeL"))
	end, hasEnd := cell.IntOf(segment.Get("endTimeL"))
	if hasStart && hasEnd {
		out.SetInt(end - start)
	}
}

func ratio(segment jsonrec.Value, out *cell.Cell) {
	length(segment, out)
	all := out.Num
	handle, ok := cell.IntOf(segment.Get("totalHandleTimeMillis"))
	if out.Kind == cell.Null || all == 0 || !ok {
		out.SetNull()
		return
	}
	out.Kind, out.Text = cell.Number, strconv.AppendFloat(nil, float64(handle)/float64(all), 'f', -1, 64)
}
