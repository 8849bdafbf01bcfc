package transform

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// lookup is a report.Lookup filled from the pinned configuration snapshot.
type lookup struct {
	texts  map[string][]byte   // nil when it counts
	counts map[string]int64    // nil when it names
	lists  map[string][][]byte // nil unless a key has several names
	times  *moments            // nil unless a key has numbers of moments
	seen   func(key []byte)    // told of every look, to explain it; nil: nobody

	bytes int64 // that texts, counts and lists take, at most
}

// text returns the name of the key, nil if there is none.
func (l *lookup) text(key []byte) []byte {
	if l.seen != nil {
		l.seen(key)
	}
	return l.texts[string(key)]
}

// all returns every name of the key.
func (l *lookup) all(key []byte) [][]byte {
	if l.seen != nil {
		l.seen(key)
	}
	return l.lists[string(key)]
}

// found returns what a look at the key finds, as JSON.
func (l *lookup) found(key []byte) []byte {
	text, known := l.texts[string(key)]
	switch {
	case l.times != nil:
		return l.times.found(key)
	case l.counts != nil:
		return strconv.AppendInt(nil, l.counts[string(key)], 10)
	case l.lists != nil:
		list := cell.Cell{Kind: cell.List, List: l.lists[string(key)]}
		return (&jsonEncoder{}).appendCell(nil, &list, report.List)
	case !known:
		return []byte("null")
	}
	return jsonrec.AppendText(nil, text)
}

// count returns how many records have the key.
func (l *lookup) count(key []byte) int64 {
	if l.seen != nil {
		l.seen(key)
	}
	return l.counts[string(key)]
}

const (
	// usualRoom is what lookups may hold where the job does not say it.
	usualRoom = 256 << 20
	// entryBytes is what a key or a name takes beside its own bytes: its place in a map with what that
	// has free, and the header of the text.
	entryBytes = 96
	// usualName is how long a key or a name is.
	usualName = 64
)

// LookupWeight is what a lookup holds in memory, in bytes, by how many records there are of the
// report's own resource and of the one looked up.
func LookupWeight(l report.Lookup, own, looked int64) int64 {
	if l.At != "" {
		return wantedBytes*own + momentBytes*looked
	}
	return (entryBytes + usualName) * looked
}

// tooMuch refuses to hold more than a step may.
func tooMuch(resource string, room int64) error {
	return fault.New(fault.InvalidSpec, "join %s: it takes more than the %d MiB of memory that a step has for what it looks up", resource, room>>20).
		WithFix("use shorter windows, or give the worker more memory (--memory)")
}

// loadLookups reads every joined resource once. There is none of a further resource that was
// not read.
func loadLookups(ctx context.Context, job Job, in Inputs) (map[string]*lookup, error) {
	out, d := map[string]*lookup{}, job.Report
	for _, resource := range slices.Concat(d.Joins, job.lookedUp()) {
		var fills []func(*scope)
		for name, def := range d.Lookups {
			switch {
			case def.Resource != resource:
				continue
			case def.At == "":
				out[name] = &lookup{}
				fills = append(fills, out[name].filler(def))
				continue
			}
			times, err := newMoments(ctx, in, d.Resource, job.lookupRoom())
			if err != nil {
				return nil, err
			}
			out[name] = &lookup{times: times}
			fills = append(fills, times.filler(def))
		}
		if err := job.fillAll(ctx, in, resource, out, fills); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (j Job) lookupRoom() int64 {
	if j.Room > 0 {
		return j.Room
	}
	return usualRoom
}

// fillAll takes every record of the resource but those that are withheld, which are told of.
func (j Job) fillAll(ctx context.Context, in Inputs, resource string, all map[string]*lookup, fills []func(*scope)) error {
	var doc jsonrec.Doc
	var s scope
	for rec, err := range in.Records(ctx, resource) {
		if err != nil {
			return fmt.Errorf("read %s: %w", resource, err)
		}
		if why, withheld := source.WhyWithheld(rec.Raw); withheld {
			if j.withheld != nil {
				j.withheld(rec, why)
			}
			continue
		}
		root, err := doc.Parse(rec.Raw)
		if err != nil {
			return fault.New(fault.SchemaMismatch, "read %s %s: %w", resource, rec.ID, err)
		}
		s.reset(root, rec.FetchedAt)
		for _, fill := range fills {
			fill(&s)
		}
		held := int64(0)
		for _, l := range all {
			held += l.bytes + l.times.held()
		}
		if room := j.lookupRoom(); held > room {
			return tooMuch(resource, room)
		}
	}
	return nil
}

// filler returns what takes one record of the resource into the lookup.
func (l *lookup) filler(def report.Lookup) func(*scope) {
	key := compilePath(def.Key, nil)
	var value, unless *path
	when := make([]*path, len(def.When))
	for i, c := range def.When {
		when[i] = compilePath(c.Path, nil)
	}
	if def.Unless != "" {
		unless = compilePath(def.Unless, nil)
	}
	if l.texts = map[string][]byte{}; def.Count {
		l.counts = map[string]int64{}
	} else {
		value = compilePath(def.Value, nil)
	}
	if def.All {
		l.lists = map[string][][]byte{}
	}
	return func(s *scope) {
		if unless != nil && string(unless.text(s)) == "true" {
			return
		}
		for i, p := range when {
			if string(p.text(s)) != def.When[i].Equals {
				return
			}
		}
		key.each(s, func(k jsonrec.Value) bool {
			if def.Count {
				n := len(l.counts)
				if l.counts[string(k.Text())]++; len(l.counts) > n {
					l.bytes += entryBytes + int64(len(k.Text()))
				}
				return true
			}
			text := value.text(s)
			l.bytes += entryBytes + int64(len(k.Text())+len(text))
			if name, ok := def.Map[string(text)]; ok {
				text = []byte(name)
			}
			switch {
			case text == nil:
			case def.All:
				l.lists[string(k.Text())] = append(l.lists[string(k.Text())], slices.Clone(text))
			default:
				l.texts[string(k.Text())] = slices.Clone(text)
			}
			return true
		})
	}
}
