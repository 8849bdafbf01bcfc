// Package outbound opens connections past internal/guard in every way that .golangci.yml has to
// forbid, and in those that it allows. Only TestLintFindsOutbound looks at it.
package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/smtp"

	"golang.org/x/crypto/ssh"
)

func dialed(ctx context.Context) {
	_, _ = net.Dial("tcp", "x:1")                         // forbidden
	_, _ = net.DialTimeout("tcp", "x:1", 1)               // forbidden
	_, _ = net.DialTCP("tcp", nil, nil)                   // forbidden
	_, _ = net.DialUDP("udp", nil, nil)                   // forbidden
	_, _ = net.DialIP("ip", nil, nil)                     // forbidden
	_, _ = net.DialUnix("unix", nil, nil)                 // forbidden
	_, _ = new(net.Dialer).DialContext(ctx, "tcp", "x:1") // forbidden
	var d net.Dialer                                      // forbidden
	_, _ = d.Dial("tcp", "x:1")                           // forbidden
	_, _ = net.ListenPacket("udp", ":0")                  // forbidden
	_, _ = net.ListenUDP("udp", nil)                      // forbidden
	_, _ = net.ListenMulticastUDP("udp", nil, nil)        // forbidden
	_, _ = net.LookupHost("x")                            // forbidden
	_, _ = net.LookupIP("x")                              // forbidden
	_, _ = net.DefaultResolver.LookupHost(ctx, "x")       // forbidden
	_, _ = new(net.Resolver).LookupIPAddr(ctx, "x")       // forbidden
	_, _ = net.ResolveTCPAddr("tcp", "x:1")               // forbidden
	_, _ = net.ResolveIPAddr("ip", "x")                   // forbidden
	_, _ = net.ResolveUDPAddr("udp", "x:1")               // forbidden
	_, _ = tls.Dial("tcp", "x:1", nil)                    // forbidden
	_, _ = tls.DialWithDialer(nil, "tcp", "x:1", nil)     // forbidden
	_, _ = new(tls.Dialer).DialContext(ctx, "tcp", "x:1") // forbidden
}

// given is what adapters do: they are given what dials.
func given(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), client *http.Client) {
	_, _ = dial(ctx, "tcp", "x:1")
	_, _ = client.Get("x")
	_, _ = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	_, _, _, _ = ssh.NewClientConn(nil, "x:1", nil)
	_, _ = smtp.NewClient(nil, "x")
	_ = tls.Client(nil, nil)
}

func requested() {
	_, _ = http.Get("x")           // forbidden
	_, _ = http.Head("x")          // forbidden
	_, _ = http.Post("x", "", nil) // forbidden
	_, _ = http.PostForm("x", nil) // forbidden
	_ = http.DefaultClient         // forbidden
	_ = http.DefaultTransport      // forbidden
	_ = &http.Transport{}          // forbidden
	_ = http.ProxyFromEnvironment  // forbidden
}

func others() {
	_, _ = ssh.Dial("tcp", "x:1", nil)          // forbidden
	_, _ = smtp.Dial("x:1")                     // forbidden
	_ = smtp.SendMail("x:1", nil, "", nil, nil) // forbidden
}
