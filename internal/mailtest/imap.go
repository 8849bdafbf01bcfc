package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// imapWithin bounds one look into a mailbox.
const imapWithin = 2 * time.Minute

// Inbox returns what the owner of a mailbox is shown by IMAP (RFC 9051), in the order of arrival,
// once everything that was accepted before the call is there. It marks nothing as read.
func (s *Server) Inbox(t testing.TB, mailbox string) (all []Message) {
	t.Helper()
	s.Messages(t) // waits for what is on its way
	conn, err := net.Dial("tcp", s.imap)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(imapWithin)))
	r := bufio.NewReader(conn)
	greeting, err := r.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(greeting, "* OK"), greeting)
	for _, command := range []string{"LOGIN " + mailbox + " " + Password, "EXAMINE INBOX", "UID FETCH 1:* BODY.PEEK[]"} {
		_, err := fmt.Fprintf(conn, "a %s\r\n", command)
		require.NoError(t, err)
		for _, raw := range literals(t, r) {
			all = append(all, parse(t, mailbox, raw))
		}
	}
	return all
}

// literals reads the answer to the command with the tag a, which must be OK, and returns the
// literals in it (RFC 9051 section 4.3).
func literals(t testing.TB, r *bufio.Reader) (all [][]byte) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		line = strings.TrimRight(line, "\r\n")
		if answer, ended := strings.CutPrefix(line, "a "); ended {
			require.True(t, strings.HasPrefix(answer, "OK"), line)
			return all
		}
		if at := strings.LastIndexByte(line, '{'); at >= 0 && strings.HasSuffix(line, "}") {
			size, err := strconv.Atoi(line[at+1 : len(line)-1])
			require.NoError(t, err)
			literal := make([]byte, size)
			_, err = io.ReadFull(r, literal)
			require.NoError(t, err)
			all = append(all, literal)
		}
	}
}
