package guard

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSpecial(t *testing.T) {
	for addr, want := range map[string]string{
		"8.8.8.8":                "",
		"93.184.216.34":          "",
		"2606:4700::1111":        "",
		"172.15.255.255":         "",
		"172.32.0.0":             "",
		"100.63.255.255":         "",
		"100.128.0.0":            "",
		"127.0.0.1":              "loopback",
		"127.255.255.255":        "loopback",
		"::1":                    "loopback",
		"0.0.0.0":                "unspecified",
		"0.1.2.3":                "unspecified",
		"::":                     "unspecified",
		"10.1.2.3":               "private",
		"172.16.0.1":             "private",
		"192.168.1.1":            "private",
		"fd12:3456::1":           "private",
		"169.254.1.1":            "link-local",
		"fe80::1%eth0":           "link-local",
		"169.254.169.254":        "cloud metadata",
		"100.100.100.200":        "cloud metadata",
		"168.63.129.16":          "cloud metadata",
		"fd00:ec2::254":          "cloud metadata",
		"100.64.0.1":             "carrier-grade NAT",
		"224.0.0.251":            "multicast",
		"ff02::1":                "multicast",
		"255.255.255.255":        "reserved",
		"198.18.0.1":             "reserved",
		"2001:db8::1":            "reserved",
		"::ffff:127.0.0.1":       "loopback",
		"::ffff:169.254.169.254": "cloud metadata",
		"::ffff:8.8.8.8":         "",
		"::127.0.0.1":            "reserved", // the old IPv4-compatible form
		"64:ff9b::7f00:1":        "loopback", // NAT64
		"64:ff9b::808:808":       "",
		"2002:a00:1::1":          "private", // 6to4 of 10.0.0.1
	} {
		t.Run(addr, func(t *testing.T) {
			require.Equal(t, want, Special(netip.MustParseAddr(addr)))
		})
	}
}

// However an IPv4 address is dressed up in IPv6, it is judged alike.
func TestSpecialSeesThroughIPv6(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v4 := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4"))
		want := Special(netip.AddrFrom4(v4))
		mapped := netip.AddrFrom16(netip.AddrFrom4(v4).As16())
		n := nat64.Addr().As16()
		copy(n[12:], v4[:])
		s := sixTo4.Addr().As16()
		copy(s[2:], v4[:])
		for _, addr := range []netip.Addr{mapped, netip.AddrFrom16(n), netip.AddrFrom16(s)} {
			require.Equal(t, want, Special(addr), addr.String())
		}
	})
}

// The standard library's own judgement is a lower bound.
func TestSpecialCoversTheStandardPredicates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{4, 16}).Draw(t, "bytes")
		addr, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "addr"))
		if addr.IsPrivate() || addr.IsLoopback() || addr.IsMulticast() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() {
			require.NotEmpty(t, Special(addr), addr.String())
		}
	})
}
