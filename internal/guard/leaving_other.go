//go:build !linux

package guard

import "net"

// leaving is not known here: a request counts as gone once the system has taken it in.
func leaving(net.Conn) int { return 0 }
