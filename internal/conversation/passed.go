package conversation

import "slices"

// window is how many numbers back it is remembered which were passed over.
const window = 1 << 16

// Passed is a set of numbers of a dialog, a bit each, that were passed over: all below it that are
// not in it were read. What is more than a window of numbers older than its newest is forgotten.
type Passed struct {
	From  int    `json:"from,omitempty"`  // number of the first bit; a multiple of 8
	Bits  []byte `json:"bits,omitempty"`  // lowest bit first
	Floor int    `json:"floor,omitempty"` // of numbers below it nothing is known any more
}

// add puts the numbers from one to before another into the set. They are above all that are in it.
func (p *Passed) add(from, to int) {
	if from >= to {
		return
	}
	if to-from > window {
		from = to - window
		p.Floor = max(p.Floor, from)
	}
	if len(p.Bits) == 0 {
		p.From = from &^ 7
	}
	if low := (to - window) &^ 7; low > p.From {
		p.forget(low)
	}
	for n := from; n < to; n++ {
		i := (n - p.From) / 8
		for i >= len(p.Bits) {
			p.Bits = append(p.Bits, 0)
		}
		p.Bits[i] |= 1 << (n & 7)
	}
}

// forget drops the bits below a number, a multiple of 8.
func (p *Passed) forget(low int) {
	drop := min((low-p.From)/8, len(p.Bits))
	if slices.ContainsFunc(p.Bits[:drop], func(b byte) bool { return b != 0 }) {
		p.Floor = max(p.Floor, low)
	}
	p.Bits, p.From = append([]byte(nil), p.Bits[drop:]...), low
}

// has reports whether the number was passed over.
func (p *Passed) has(number int) bool {
	i := (number - p.From) / 8
	return number >= p.From && i < len(p.Bits) && p.Bits[i]&(1<<(number&7)) != 0
}

// remove takes a number out of the set.
func (p *Passed) remove(number int) {
	if !p.has(number) {
		return
	}
	p.Bits[(number-p.From)/8] &^= 1 << (number & 7)
	for len(p.Bits) > 0 && p.Bits[len(p.Bits)-1] == 0 {
		p.Bits = p.Bits[:len(p.Bits)-1]
	}
	skip := 0
	for skip < len(p.Bits) && p.Bits[skip] == 0 {
		skip++
	}
	p.Bits, p.From = p.Bits[skip:], p.From+8*skip
	if len(p.Bits) == 0 {
		p.Bits, p.From = nil, 0
	}
}
