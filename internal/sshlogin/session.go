package sshlogin

import (
	"context"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Session is one of several that speak SFTP over one connection.
type Session struct {
	*sftp.Client

	channel *ssh.Session
}

// Close ends the session, and what is asked in it, at once; others go on.
func (s *Session) Close() error { return s.channel.Close() }

// Session begins a session beside others. Where that fails the connection stays as it is: the server
// may have as many as it lets one connection have. From the first on the connection is closed when
// the server is silent for too long.
func (c *Client) Session(ctx context.Context) (*Session, error) {
	type begun struct {
		session *Session
		err     error
	}
	done := make(chan begun, 1)
	go func() {
		s, err := c.begin()
		done <- begun{s, err}
	}()
	c.stayAlive()
	select {
	case b := <-done:
		if b.err != nil {
			return nil, c.login.sftpRefused(ctx, b.err)
		}
		return b.session, nil
	case <-ctx.Done():
		go func() {
			if b := <-done; b.err == nil {
				_ = b.session.Close() // nobody has used it
			}
		}()
		return nil, ctx.Err()
	}
}

func (c *Client) begin() (*Session, error) {
	channel, err := c.NewSession()
	if err != nil {
		return nil, err
	}
	s, err := speak(channel)
	if err != nil {
		_ = channel.Close() // why it failed is said
	}
	return s, err
}

func speak(channel *ssh.Session) (*Session, error) {
	in, err := channel.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := channel.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := channel.RequestSubsystem("sftp"); err != nil {
		return nil, err
	}
	files, err := sftp.NewClientPipe(out, in)
	if err != nil {
		return nil, err
	}
	_, err = enlarge(files)
	return &Session{files, channel}, err
}
