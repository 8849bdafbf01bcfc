package guard

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"transporter/internal/fault"
)

const anyPort = "*"

// allowList holds "host:port" and "host:*" with host in canonical form.
type allowList map[string]bool

func parseAllow(entries []string) (allowList, error) {
	list := make(allowList, len(entries))
	for _, entry := range entries {
		host, port, err := net.SplitHostPort(strings.TrimSpace(entry))
		if err == nil {
			_, _, err = parseHost(host)
		}
		if err != nil || !validPort(port) {
			return nil, fault.New(fault.InvalidSpec, "%q is no host:port", entry).WithField("allow").
				WithFix("write it as 10.0.0.5:443, files.example.org:22 or [::1]:*")
		}
		list[net.JoinHostPort(canonical(host), port)] = true
	}
	return list, nil
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == anyPort || err == nil && n > 0
}

// has reports whether the entry names the host as asked for, or the address that it
// resolved to: who allows a socket allows it by any of its names.
func (l allowList) has(host string, addr netip.Addr, port string) bool {
	for _, h := range []string{canonical(host), addr.Unmap().String()} {
		if l[net.JoinHostPort(h, port)] || l[net.JoinHostPort(h, anyPort)] {
			return true
		}
	}
	return false
}

// canonical returns the one form of a host that entries and hosts are compared in.
func canonical(host string) string {
	addr, name, _ := parseHost(host) // entries were checked; of a dial, before it comes here
	if name == "" {
		return addr.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}
