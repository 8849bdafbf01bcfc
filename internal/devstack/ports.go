package devstack

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"transporter/internal/freeport"
)

// Ports are where the stack listens, all on 127.0.0.1.
type Ports struct {
	Temporal, UI    int
	API, Codec      int
	Sandbox, Domain int
	SFTP, S3        int
	WorkerMetrics   int
	TemporalHTTP    int
	APIMetrics      int
	CodecMetrics    int
}

// FixedPorts are those of the documentation: api 8088, Temporal 7233, its UI 8233, the
// sandbox 8443 and 8480.
func FixedPorts() Ports {
	return Ports{
		Temporal: 7233, UI: 8233, API: 8088, Codec: 8089, Sandbox: 8443, Domain: 8480,
		SFTP: 2222, S3: 8470, WorkerMetrics: 9401, TemporalHTTP: 7243, APIMetrics: 9402, CodecMetrics: 9403,
	}
}

// FreePorts finds ports for a stack that runs beside others; they are its own until this
// process ends, also while a program of it is stopped.
func FreePorts() (p Ports, err error) {
	for _, port := range p.all() {
		if *port, err = freeport.Get(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Check returns an error that names the first port that somebody else listens on.
func (p Ports) Check() error {
	for _, port := range p.all() {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", Local(*port))
		if err != nil {
			return fmt.Errorf("port %d is taken: stop the program that listens there (an earlier demo?), then try again", *port)
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("free port %d: %w", *port, err)
		}
	}
	return nil
}

func (p *Ports) all() []*int {
	return []*int{
		&p.Temporal, &p.UI, &p.API, &p.Codec, &p.Sandbox, &p.Domain, &p.SFTP, &p.S3,
		&p.WorkerMetrics, &p.TemporalHTTP, &p.APIMetrics, &p.CodecMetrics,
	}
}

// Local returns the loopback address of a port.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
