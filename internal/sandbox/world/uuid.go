package world

import "encoding/binary"

// An id is a version 4 UUID that hides (kind, number): a four-round Feistel network over
// its 122 free bits, keyed by the account's seed. It can be read back, so that a look-up
// by id needs no index.
type idKind uint64

const (
	conversationID idKind = iota + 1
	consumerID
	dialogID
	surveyID
	sessionID
	outboundID
)

const (
	halfBits = 61
	halfMask = 1<<halfBits - 1
	rounds   = 4
)

func (a *Account) uuid(kind idKind, n int64) [16]byte {
	l, r := a.tag(kind), uint64(n)
	for i := range uint64(rounds) {
		l, r = r, l^a.round(i, r)
	}
	hi := l >> 1
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], hi>>12<<16|0x4000|hi&0xfff)
	binary.BigEndian.PutUint64(u[8:], 1<<63|l&1<<halfBits|r)
	return u
}

// number reads an id back; false when it is not one of this account's of that kind.
func (a *Account) number(kind idKind, id string) (int64, bool) {
	u, ok := parseUUID(id)
	if !ok {
		return 0, false
	}
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	if hi>>12&0xf != 4 || lo>>62 != 2 {
		return 0, false
	}
	l := (hi>>16<<12|hi&0xfff)<<1 | lo>>halfBits&1
	r := lo & halfMask
	for i := range uint64(rounds) {
		l, r = r^a.round(rounds-1-i, l), l
	}
	return int64(r), l == a.tag(kind)
}

func (a *Account) tag(kind idKind) uint64 { return mix(a.seed+uint64(kind)) & halfMask }

func (a *Account) round(i, half uint64) uint64 { return mix(half+(i+1)*golden^a.seed) & halfMask }

const hexDigits = "0123456789abcdef"

func appendUUID(dst []byte, u [16]byte) []byte {
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&0xf])
	}
	return dst
}

func parseUUID(s string) (u [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, false
	}
	nibbles := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c == '-' && (i == 8 || i == 13 || i == 18 || i == 23):
			continue
		default:
			return u, false
		}
		u[nibbles/2] = u[nibbles/2]<<4 | c
		nibbles++
	}
	return u, nibbles == 32
}
