package guard

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"transporter/internal/fault"
)

// Lengths of a name and of each of its labels (RFC 1035 section 2.3.4).
const (
	maxName  = 253
	maxLabel = 63
)

// parseHost returns the address that host is written as, or else the name to look up: in
// ASCII, so that full-width digits and dots are plain ones (UTS #46). Any other text is
// fault.InvalidSpec. That includes the old ways to write an IPv4 address, such as
// 2130706433, 0x7f.1 and 127.1: some resolvers read them as one, others do not.
func parseHost(host string) (addr netip.Addr, name string, err error) {
	name = host
	if !ascii(host) {
		if name, err = idna.Lookup.ToASCII(host); err != nil {
			return addr, "", notHost(host, "it is not a host name")
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr, "", nil
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || strings.ContainsFunc(label, notInName) {
			return addr, "", notHost(host, "it is not a host name")
		}
	}
	if len(name) > maxName || numeric(labels[len(labels)-1]) {
		return addr, "", notHost(host, "it is neither a host name nor an address in its usual form")
	}
	return addr, name, nil
}

func notHost(host, rule string) error {
	return fault.New(fault.InvalidSpec, "connect to %q: %s, which is refused", host, rule).
		WithFix("write a name such as files.example.org, or an address such as 192.0.2.1 or 2001:db8::1")
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

// notInName tells what no name of a host is made of. The underscore is in use, although
// RFC 952 does not have it.
func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// numeric tells the last label of what resolvers may take for an IPv4 address; there is no
// such top-level domain (WHATWG URL section 3.5, "ends in a number").
func numeric(label string) bool {
	lower := strings.ToLower(label)
	return strings.Trim(lower, "0123456789") == "" ||
		strings.HasPrefix(lower, "0x") && strings.Trim(lower[2:], "0123456789abcdef") == ""
}
