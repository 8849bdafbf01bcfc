package asapp

import (
	"encoding/json"

	"transporter/internal/feed"
	"transporter/internal/source"
)

// Again implements source.Exports.
func (s *Source) Again(q source.Query) (func(feed.Stamp, source.Record) source.Record, error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, err
	}
	ruler := feed.NewRuler(r.table, r.mode)
	return func(at feed.Stamp, given source.Record) source.Record {
		ruler.File(feed.Origin{Stamp: at, Split: feed.None})
		row, err := ruler.Row(given.Raw, 0)
		if err == nil {
			given.ID, given.Rank = string(row.Key), string(feed.Reranked(row.Rank, []byte(given.Rank)))
			return given
		}
		var origin struct {
			File string `json:"_file"`
			Line int64  `json:"_line"`
		}
		_ = json.Unmarshal(given.Raw, &origin) // withOrigin wrote it
		bad := feed.BadLine(feed.Line{Number: origin.Line, Bytes: given.Raw}, err)
		return source.Record{ID: bad.ID(at, origin.File), Raw: bad.Raw()}
	}, nil
}
