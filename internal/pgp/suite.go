package pgp

import (
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Versions of the integrity-protected packet (RFC 9580, section 5.13). The first is what
// GnuPG and every older program reads; the second is authenticated in chunks (AEAD).
const (
	versionMDC  = 1
	versionAEAD = 2
)

// suite is how the data of a message are encrypted.
type suite struct {
	packet.CipherSuite

	version int
}

// Version returns the version of the integrity-protected packet in messages to the keys:
// 2 when every one of them asks for it by its feature flags, else 1. GnuPG 2 asks for it
// with none of its keys and cannot read it.
func Version(keys []*Key) int { return suiteFor(keys).version }

// suiteFor picks version and ciphers. Of version 2 it takes the first pair in the first
// key's order of preference that every other key lists too, else AES-128 with OCB, which
// every reader of it has (RFC 9580, section 9.6).
func suiteFor(keys []*Key) suite {
	first := suite{version: versionMDC}
	first.Cipher = packet.CipherAES256
	for _, key := range keys {
		if !key.wantsAEAD() {
			return first
		}
	}
	if len(keys) == 0 {
		return first
	}
	out := suite{version: versionAEAD, CipherSuite: packet.CipherSuite{Cipher: packet.CipherAES128, Mode: packet.AEADModeOCB}}
	for _, pair := range keys[0].suites() {
		everybody := !slices.ContainsFunc(keys, func(k *Key) bool { return !slices.Contains(k.suites(), pair) })
		if everybody && known(pair) {
			out.CipherSuite = packet.CipherSuite{Cipher: packet.CipherFunction(pair[0]), Mode: packet.AEADMode(pair[1])}
			break
		}
	}
	return out
}

// known reports whether the pair is one of those that this program has: AES in any mode.
func known(pair [2]uint8) bool {
	aes := []packet.CipherFunction{packet.CipherAES128, packet.CipherAES192, packet.CipherAES256}
	modes := []packet.AEADMode{packet.AEADModeOCB, packet.AEADModeGCM, packet.AEADModeEAX}
	return slices.Contains(aes, packet.CipherFunction(pair[0])) && slices.Contains(modes, packet.AEADMode(pair[1]))
}

// wantsAEAD reports whether the owner's programs read version 2 (RFC 9580, 5.2.3.32).
func (k *Key) wantsAEAD() bool {
	self, _ := k.entity.PrimarySelfSignature()
	return self != nil && self.SEIPDv2
}

// suites are the owner's preferred pairs of cipher and mode (RFC 9580, 5.2.3.15).
func (k *Key) suites() [][2]uint8 {
	self, _ := k.entity.PrimarySelfSignature()
	if self == nil {
		return nil
	}
	return self.PreferredCipherSuites
}

// Readers tells what a message to the keys depends on at the time: two calls with the same
// answer make messages that the same private keys open. A key that is not fit is
// fault.KeyUnfit.
func Readers(keys []*Key, now time.Time) ([]string, error) {
	s := suiteFor(keys)
	out := []string{fmt.Sprintf("v%d %d %d", s.version, s.Cipher, s.Mode)}
	for _, key := range keys {
		part, err := key.recipient(now)
		if err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("%016X", part.KeyId))
	}
	return out, nil
}
