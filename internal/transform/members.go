package transform

import "transporter/internal/transform/jsonrec"

// members finds the members of an object that paths go through, all in one pass instead
// of one search a path, and those of the objects in it when a path asks for them.
// Objects of a kind list their members in the same order nearly always, so what the
// n'th one is, is guessed from the object before.
type members struct {
	outer  *members      // nil for a record or a row's element
	in     int           // slot of outer that holds this object
	base   jsonrec.Value // that object; of an inner one, once it is loaded
	loaded int64         // stamp of the object that values are of
	slots  map[string]int
	values []jsonrec.Value
	inner  []*members // by slot; nil where no path goes on
	guess  []guess

	described *described // what is known of them; nil: it does not matter
}

type guess struct {
	name string
	slot int // -1: no path wants it
}

// slot returns the place of the name, making one if need be; used while compiling.
func (m *members) slot(name string) int {
	if at, ok := m.slots[name]; ok {
		return at
	}
	if m.slots == nil {
		m.slots = map[string]int{}
	}
	m.slots[name] = len(m.values)
	m.values = append(m.values, jsonrec.Value{})
	m.inner = append(m.inner, nil)
	return len(m.values) - 1
}

// within returns the members of the object in the slot; used while compiling.
func (m *members) within(slot int) *members {
	if m.inner[slot] == nil {
		m.inner[slot] = &members{outer: m, in: slot}
	}
	return m.inner[slot]
}

// value returns the member in the slot of the object that the stamp stands for.
func (m *members) value(stamp int64, slot int) jsonrec.Value {
	if m.loaded != stamp {
		m.loaded = stamp
		if m.outer != nil {
			m.base = m.outer.value(stamp, m.in)
		}
		m.load()
	}
	return m.values[slot]
}

// load finds the values.
func (m *members) load() {
	clear(m.values)
	n := 0
	for name, value := range m.base.Members() {
		if n == len(m.guess) {
			m.guess = append(m.guess, guess{slot: -1})
		}
		g := &m.guess[n]
		if n++; g.name != string(name) {
			*g = guess{string(name), -1}
			if at, ok := m.slots[g.name]; ok {
				g.slot = at
			} else {
				m.described.met(g.name)
			}
		}
		if g.slot >= 0 {
			m.values[g.slot] = value
		}
	}
}
