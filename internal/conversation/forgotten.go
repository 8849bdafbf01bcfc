package conversation

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	forgottenBytes  = 8 << 10 // keys of thousands of messages with hardly one taken for another
	forgottenHashes = 7
)

// Forgotten is which messages of the consumer are not remembered any more, by their keys: a Bloom
// filter. The journal knows what they got; a key that is not in here needs no look there.
type Forgotten []byte

// Has reports whether the key may be one that was forgotten; false is certain.
func (f Forgotten) Has(key string) bool {
	for i := range forgottenHashes {
		if at, bit := place(key, i); len(f) == 0 || f[at]&bit == 0 {
			return false
		}
	}
	return true
}

func (f *Forgotten) add(key string) {
	if len(*f) == 0 {
		*f = make(Forgotten, forgottenBytes)
	}
	for i := range forgottenHashes {
		at, bit := place(key, i)
		(*f)[at] |= bit
	}
}

// place is where the key's bit of that number is.
func place(key string, i int) (at int, bit byte) {
	sum := sha256.Sum256([]byte(key))
	n := binary.BigEndian.Uint32(sum[4*i:])
	return int(n / 8 % forgottenBytes), 1 << (n % 8)
}
