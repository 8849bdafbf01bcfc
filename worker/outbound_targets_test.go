package main

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// target is a place that somebody names in the hope that we connect to ourselves. Says is the
// rule that it must break on, wherever it is given as host and port.
type target struct {
	host, says string
	link       string // how it is written in a URL, if otherwise, without the scheme; PORT is filled in
}

const (
	notName  = "not a host name"
	notUsual = "neither a host name nor an address in its usual form"
	loopback = "is a loopback address"
)

var hostile = concat(
	// Addresses as they are usually written.
	hosts(loopback, "127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "::1%lo",
		"::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:7f00:1::7f00:1"),
	hosts("is an unspecified address", "0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"),
	hosts("is a reserved address", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "2001:0:7f00:1::", "100::1",
		"4000::7f00:1", "198.18.0.1", "192.0.2.1", "240.0.0.1", "255.255.255.255"),
	hosts("is a link-local address", "fe80::1%lo", "fe80::7f00:1", "169.254.1.1"),
	hosts("is a private address", "10.0.0.1", "172.16.0.1", "192.168.0.1", "fc00::1", "fd12:3456::1", "fec0::1"),
	hosts("is a carrier-grade NAT address", "100.64.0.1", "100.127.255.254"),
	hosts("is a multicast address", "224.0.0.1", "ff01::1", "ff02::1"),
	hosts("is a cloud metadata address", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
		"fd00:ec2::254", "::ffff:169.254.169.254", "metadata.google.internal"),
	// Other ways to write 127.0.0.1, and 0 for this machine.
	hosts(notUsual, "2130706433", "0x7f000001", "0X7F000001", "017700000001", "0177.0.0.1", "00000177.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1",
		"127.1", "127.0.1", "127.0.0.01", "127.0.0.1.", "2130706433.", "0", "0x0", "4294967296", "127.0.0.257"),
	hosts(loopback, "１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①"),
	// Names, as people and as tricksters write them.
	hosts(loopback, "localhost", "LOCALHOST", "LocalHost.", "localhost.localdomain", "ip6-localhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "inside.test",
		"127.0.0.1.nip.test", "bücher.test", "xn--bcher-kva.test", "mapped.test", "translated.test", "public-first.test", "loopback-first.test", "a_b.test"),
	hosts("is an unspecified address", "unspecified.test"),
	hosts(notName, "[127.0.0.1]", "127.0.0.1%lo", "127.0.0.1%00.test", "127.0.0.1 .test", "127.0.0.1\n", "127.0.0.1\t.test", "..", "127..1"),
	// What one reader of URLs takes for the host, and another for something else.
	links(notName, "ok@127.0.0.1:PORT", "allowed.test@127.0.0.1:PORT", "allowed.test:80@127.0.0.1:PORT", "127.0.0.1:PORT@127.0.0.1:PORT",
		"allowed.test#@127.0.0.1:PORT", "127.0.0.1:PORT#@allowed.test", "allowed.test?@127.0.0.1:PORT", "allowed.test\\@127.0.0.1:PORT",
		"127.0.0.1:PORT\\.allowed.test", "%31%32%37.0.0.1:PORT", "/127.0.0.1:PORT", "127.0.0.1:PORT:80", "[::1]:PORT@allowed.test", "[::1%25lo]:PORT"),
)

// rebinding is a name with a public address when it is asked for first, and then another.
var rebinding = target{host: "rebind.test", says: loopback}

func hosts(says string, all ...string) []target {
	var out []target
	for _, host := range all {
		out = append(out, target{host: host, says: says})
	}
	return out
}

// links are given as they are, with their port, where a host is asked for.
func links(says string, all ...string) []target {
	var out []target
	for _, link := range all {
		out = append(out, target{host: strings.ReplaceAll(link, ":PORT", ""), link: link, says: says})
	}
	return out
}

func concat(lists ...[]target) []target {
	var all []target
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// url is the address of the target at the port.
func (x target) url(scheme, port string) string {
	if x.link != "" {
		return scheme + "://" + strings.ReplaceAll(x.link, "PORT", port)
	}
	return scheme + "://" + strings.ReplaceAll(net.JoinHostPort(x.host, port), "%", "%25")
}

// allocatedToNobody is an address that passes for public, and to which no packet finds a way
// (IANA: IPv6 global unicast address assignments).
const allocatedToNobody = "2d00::1"

// resolver is a name server in the hands of somebody hostile.
type resolver struct {
	mu    sync.Mutex
	asked map[string]int
}

// LookupNetIP answers 127.0.0.1 to whatever it is asked, unless something else is nastier.
func (r *resolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked == nil {
		r.asked = map[string]int{}
	}
	r.asked[host]++
	answers, ok := map[string][]string{
		"mapped.test": {"::ffff:127.0.0.1"}, "translated.test": {"64:ff9b::7f00:1"}, "unspecified.test": {"0.0.0.0"},
		"public-first.test": {allocatedToNobody, "127.0.0.1"}, "loopback-first.test": {"127.0.0.1", allocatedToNobody},
		"metadata.google.internal": {"169.254.169.254"}, "ip6-localhost": {"::1"},
	}[host]
	switch {
	case host == rebinding.host && r.asked[host] == 1:
		answers = []string{allocatedToNobody}
	case !ok:
		answers = []string{"127.0.0.1"}
	}
	var addrs []netip.Addr
	for _, a := range answers {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}
