package sftp

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"
)

// hashLine is what sha256sum(1) of GNU coreutils and BusyBox prints: the hash and the name,
// after a backslash where the name was escaped.
var hashLine = regexp.MustCompile(`^\\?([0-9a-f]{64}) [ *]`)

// remoteHash asks the server for the SHA-256 of a file by running sha256sum there. Empty
// means that it cannot: commands are refused, there is no such program, or the shell sees
// other paths than SFTP does.
func (s *session) remoteHash(ctx context.Context, name string) (string, error) {
	full, err := s.client.RealPath(name)
	if err != nil {
		return "", nil // the server cannot tell the path; the file is read back instead
	}
	shell, err := s.conn.NewSession()
	if err != nil {
		return "", ctx.Err()
	}
	defer func() { _ = shell.Close() }() // it ended with its command
	out, err := shell.Output("sha256sum -- " + quote(full))
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case errors.As(err, &exit) || errors.As(err, &missing):
		return "", ctx.Err()
	case err != nil:
		return "", ctx.Err() // the request was refused; a connection that is gone shows in the read
	}
	if m := hashLine.FindSubmatch(out); m != nil {
		return string(m[1]), nil
	}
	return "", ctx.Err()
}

// quote makes one word of POSIX shells of the text (POSIX.1-2017, XCU 2.2.2).
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
