package mailtest

import (
	_ "embed"
	"os"
	"os/user"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"
)

var (
	//go:embed main.cf
	mainText string
	//go:embed master.cf
	masterText string
	//go:embed dovecot.conf
	dovecotText string
)

// passwordLine ends the name of a user in Dovecot's list: all have one password.
const passwordLine = ":{PLAIN}" + Password + "\n"

// configure writes the folders, the certificate and the settings.
func (s *Server) configure(t testing.TB) {
	t.Helper()
	for name, owner := range map[string]string{
		"": "root", "etc": "root", "spool": "root", "data": "postfix", "log": "root", "dovecot": "root", "box": "nobody",
	} {
		path := s.path(name)
		require.NoError(t, os.MkdirAll(path, 0o755)) // the servers' users must reach it
		require.NoError(t, os.Chmod(path, 0o755))    // whatever the umask
		require.NoError(t, os.Chown(path, id(t, owner), -1))
	}
	cert, key := certificate(t)
	s.CA = cert
	require.NoError(t, os.WriteFile(s.path("etc/tls.crt"), cert, 0o600))
	require.NoError(t, os.WriteFile(s.path("etc/tls.key"), key, 0o600))
	require.NoError(t, os.WriteFile(s.path("etc/users"), []byte(strings.Join([]string{User, Ops, Audit}, passwordLine)+passwordLine), 0o644)) // read by Dovecot's own user
	for name, text := range map[string]string{"etc/main.cf": mainText, "etc/master.cf": masterText, "dovecot.conf": dovecotText} {
		f, err := os.Create(s.path(name))
		require.NoError(t, err)
		require.NoError(t, template.Must(template.New(name).Parse(text)).Execute(f, map[string]any{
			"D": s.folder, "IMAPPort": s.imap[strings.LastIndex(s.imap, ":")+1:], "Addr": s.Addr, "TLSAddr": s.TLSAddr, "NoTLSAddr": s.NoTLSAddr, "Nobody": id(t, "nobody"),
			"Ops": Ops, "Audit": Audit, "Busy": Busy, "Largest": LargestMessage,
		}))
		require.NoError(t, f.Close())
	}
}

func id(t testing.TB, name string) int {
	t.Helper()
	u, err := user.Lookup(name)
	require.NoError(t, err)
	n, err := strconv.Atoi(u.Uid)
	require.NoError(t, err)
	return n
}
