package guard

import "net/netip"

// class is a range of addresses that no outbound connection may reach unasked.
type class struct {
	prefix netip.Prefix
	name   string
}

func classes(name string, prefixes ...string) []class {
	list := make([]class, len(prefixes))
	for i, p := range prefixes {
		list[i] = class{prefix: netip.MustParsePrefix(p), name: name}
	}
	return list
}

// refused lists what is not the public internet, after the IANA special-purpose
// address registries (RFC 6890), and the metadata services of clouds, some of which
// live in public ranges. More specific names come first.
var refused = concat(
	classes("cloud metadata", "169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32",
		"168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),
	classes("loopback", "127.0.0.0/8", "::1/128"),
	classes("unspecified", "0.0.0.0/8", "::/128"),
	classes("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
	classes("link-local", "169.254.0.0/16", "fe80::/10"),
	classes("carrier-grade NAT", "100.64.0.0/10"),
	classes("multicast", "224.0.0.0/4", "ff00::/8"),
	classes("reserved", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20"),
)

func concat(lists ...[]class) []class {
	var all []class
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var (
	// assigned is all of IPv6 that is given out for the internet (IANA IPv6 address space
	// registry); the rest is reserved, old ways to embed IPv4 addresses among it.
	assigned = netip.MustParsePrefix("2000::/3")

	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the IPv4 address in the last 4 bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056: the IPv4 address in bytes 2 to 5
)

// Special returns the name of the special range that addr lies in, such as "loopback"
// or "private", and the empty string for an address of the public internet. IPv4
// addresses that are mapped or embedded in IPv6 are judged by the IPv4 address.
func Special(addr netip.Addr) string {
	addr = embedded(addr.Unmap().WithZone(""))
	for _, c := range refused {
		if c.prefix.Contains(addr) {
			return c.name
		}
	}
	if addr.Is6() && !assigned.Contains(addr) {
		return "reserved"
	}
	return ""
}

func embedded(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return addr
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return addr
}
