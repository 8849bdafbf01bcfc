package main

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// door is a listener on every address of this machine that counts who comes.
type door struct {
	port string

	mu     sync.Mutex
	count  int
	opened func() // called whenever somebody comes, unless nil
}

func openDoor(t *testing.T) *door {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	d := &door{}
	_, d.port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d.open()
			_ = c.Close()
		}
	}()
	return d
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	if d.opened != nil {
		d.opened()
	}
}

// onOpen sets what is called whenever somebody comes.
func (d *door) onOpen(opened func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = opened
}

// knocks returns how many came since it was asked last. It knocks itself: who came before it
// was let in before it.
func (d *door) knocks(t *testing.T) int {
	t.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err, "the door closes every connection")
	d.mu.Lock()
	defer d.mu.Unlock()
	others := d.count - 1
	d.count = 0
	return others
}
