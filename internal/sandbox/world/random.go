package world

import "math/bits"

// random is splitmix64: one multiplication chain a draw, so that a conversation's facts
// can be recomputed whenever they are needed.
type random uint64

const golden = 0x9e3779b97f4a7c15

func (r *random) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// below draws from [0, n).
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// between draws from [lo, hi].
func (r *random) between(lo, hi int64) int64 { return lo + int64(r.below(int(hi-lo+1))) }

// chance is true for p of a thousand draws.
func (r *random) chance(p int) bool { return r.below(1000) < p }

// mix is the finalizer of splitmix64, a bijection of 64 bits.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A stream separates the draws of one conversation by their purpose, so that adding a
// draw to one purpose does not change the others.
type stream uint64

const (
	streamStart stream = iota + 1
	streamTimes
	streamCast
	streamTraits
	streamMessages
	streamSections
	streamLag
	streamShift
	streamStatus
	streamChatStart
	streamChat
	streamChatLines
	streamGivenUp
	streamOutbound
)

func (a *Account) random(s stream, n int64) random { return randomOf(a.key(s), n) }

func (a *Account) key(s stream) uint64 { return mix(a.seed ^ uint64(s)*golden) }

func randomOf(key uint64, n int64) random { return random(key + uint64(n)*0xd1342543de82ef95) }
